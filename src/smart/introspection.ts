import { askJson, type Ask } from './ask.js';
import type { Introspection } from './issuer.js';
import type { Claims } from './jwt.js';

/**
 * What the issuer says of a token (RFC 7662 §2); undefined: it does not count any more, or never did. `unsupported`: it
 * does not answer for signed tokens, which speak for themselves until they end.
 * @throws {Error} when it can't be asked.
 */
export async function introspect(token: string, { endpoint, clientId, clientSecret }: Introspection, ask: Ask): Promise<Claims | 'unsupported' | undefined> {
  const body = Buffer.from(new URLSearchParams({ token, token_type_hint: 'access_token' }).toString());
  const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64');
  const answer = await askJson(ask, { method: 'POST', url: endpoint, body, headers: { 'Content-Type': 'application/x-www-form-urlencoded', Authorization: `Basic ${credentials}` } }, [200, 400]);
  // The error's name is that of RFC 7009 §2.2.1, which issuers use here too.
  if (answer['error'] === 'unsupported_token_type') return 'unsupported';
  if (answer['error'] !== undefined) throw new Error('the question was refused');
  return answer['active'] === true ? answer : undefined;
}

/** RFC 6749 §2.3.1: both are form-encoded before they are joined. */
const formEncoded = (text: string): string => new URLSearchParams({ text }).toString().slice('text='.length);
