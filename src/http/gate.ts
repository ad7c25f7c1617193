import type { IncomingMessage } from 'node:http';
import type { Caller } from '../fhir/access/caller.js';
import { FhirError, type IssueCode } from '../fhir/outcome.js';
import { IssuerUnavailable, TokenRefused, type Principal, type TokenVerifier } from '../smart/index.js';

/** Who asks, by the token of a request. */
export interface Gate {
  /**
   * The same token is the same caller as long as it is remembered.
   * @throws {FhirError} 400 for a token in more than one place, 401 without one or with one that is not good, 503 when its issuer can't be asked.
   */
  caller(request: IncomingMessage): Promise<Caller>;
  /** What the caller's token calls `Type/id` as this server knows it, whoever may see it; undefined: it is not here. @throws {FhirError} as `caller` */
  here(request: IncomingMessage, reference: string): Promise<string | undefined>;
}

/** Where a resource of another FHIR server stands here: `Type/id`; undefined: nowhere. */
export type LocateHere = (base: string, target: { readonly type: string; readonly id: string }) => Promise<string | undefined>;

/**
 * Tokens as RFC 6750 §2.1 has them: in the header, as `Bearer`. One in the URL would stand in logs and histories, and is
 * refused. Those that were issued for another FHIR server name its patients and users: they count as whom they are here,
 * and as nobody where they are not known, since the same id here may be somebody else.
 */
export function gate(verifier: Pick<TokenVerifier, 'verify'>, baseUrl: string, locate: LocateHere = async () => undefined): Gate {
  const callers = new WeakMap<Principal, Caller>();
  const located = async (reference: string | undefined, server: string | undefined): Promise<string | undefined> => {
    if (reference === undefined || server === undefined) return reference;
    const [, type, id] = TARGET.exec(reference.startsWith(`${server}/`) ? reference.slice(server.length + 1) : reference) ?? [];
    return type === undefined || id === undefined ? undefined : locate(server, { type, id });
  };
  return {
    async caller(request) {
      const token = tokenOf(request);
      const principal = await verified(token, verifier);
      const known = callers.get(principal);
      if (known) return known;
      const { scopes, fhirUser, patient, server, ...said } = principal;
      const [user, subject] = await Promise.all([located(fhirUser, server), located(patient === undefined ? undefined : `Patient/${patient}`, server)]);
      const caller = { ...said, fhirUser: ofThisServer(user, baseUrl), patient: subject?.replace(/^Patient\//, ''), scopes: scopes.resources };
      // Who is not known yet may be in a moment.
      if ((user !== undefined || fhirUser === undefined) && (subject !== undefined || patient === undefined)) callers.set(principal, caller);
      return caller;
    },
    here: async (request, reference) => located(reference, (await verified(tokenOf(request), verifier)).server),
  };
}

const TARGET = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/;

function tokenOf({ headers, headersDistinct, url = '' }: IncomingMessage): string {
  const inUrl = /[?&]access_token=/i.test(url);
  if (inUrl && headers.authorization !== undefined) throw refused(400, 'invalid', 'The token stands in the URL too: send it in the header Authorization only', 'invalid_request');
  if (inUrl) throw refused(401, 'login', 'A token in the URL is not accepted: send it in the header Authorization', 'invalid_request');
  if ((headersDistinct['authorization']?.length ?? 0) > 1) throw refused(400, 'invalid', 'The header Authorization stands there more than once', 'invalid_request');
  if (headers.authorization === undefined) throw refused(401, 'login', 'This server needs an access token: send Authorization: Bearer and the token');
  const [, token] = /^bearer +(\S+) *$/i.exec(headers.authorization) ?? [];
  if (token === undefined) throw refused(401, 'login', 'The header Authorization holds no Bearer token', 'invalid_request');
  return token;
}

async function verified(token: string, verifier: Pick<TokenVerifier, 'verify'>): Promise<Principal> {
  try {
    return await verifier.verify(token);
  } catch (error) {
    if (error instanceof TokenRefused) throw refused(401, error.reason === 'expired' ? 'expired' : 'login', error.message, 'invalid_token');
    if (!(error instanceof IssuerUnavailable)) throw error;
    throw new FhirError(503, { severity: 'error', code: 'transient', id: 'issuer-unavailable', text: 'Whether the token counts can’t be found out: its issuer does not answer. Repeat the request later' }, { 'Retry-After': '10' });
  }
}

/** RFC 6750 §3: without a token there is no error to name. */
function refused(status: 400 | 401, code: IssueCode, text: string, error?: 'invalid_request' | 'invalid_token'): FhirError {
  const challenge = `Bearer realm="cobalt"${error ? `, error="${error}", error_description="${text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '\'')}"` : ''}`;
  return new FhirError(status, { severity: 'error', code, id: error === 'invalid_token' ? 'token-refused' : 'token-missing', text }, { 'WWW-Authenticate': challenge });
}

/** OpenID claim of SMART App Launch 2.2; a user of elsewhere is none that this server knows. */
const USER = /^(?:Patient|Practitioner|PractitionerRole|RelatedPerson|Person)\/[A-Za-z0-9\-.]{1,64}$/;

function ofThisServer(fhirUser: string | undefined, baseUrl: string): string | undefined {
  const local = fhirUser?.startsWith(`${baseUrl}/`) ? fhirUser.slice(baseUrl.length + 1) : fhirUser;
  return local !== undefined && USER.test(local) ? local : undefined;
}
