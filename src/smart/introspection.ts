import { askJson, type Ask } from './ask.js';
import type { Introspection } from './issuer.js';
import type { Claims } from './jwt.js';

/**
 * What the issuer says of a token (RFC 7662 §2); undefined: it does not count any more, or never did.
 * @throws {Error} when it can't be asked.
 */
export async function introspect(token: string, { endpoint, clientId, clientSecret }: Introspection, ask: Ask): Promise<Claims | undefined> {
  const body = Buffer.from(new URLSearchParams({ token, token_type_hint: 'access_token' }).toString());
  const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64');
  const answer = await askJson(ask, { method: 'POST', url: endpoint, body, headers: { 'Content-Type': 'application/x-www-form-urlencoded', Authorization: `Basic ${credentials}` } });
  return answer['active'] === true ? answer : undefined;
}

/** RFC 6749 §2.3.1: both are form-encoded before they are joined. */
const formEncoded = (text: string): string => new URLSearchParams({ text }).toString().slice('text='.length);
