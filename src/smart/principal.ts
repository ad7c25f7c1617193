import type { Issuer } from './issuer.js';
import { isFor, type Claims } from './jwt.js';
import { TokenRefused } from './refused.js';
import { Scopes } from './scopes.js';

/** Who a token is about, and what it allows. */
export interface Principal {
  readonly issuer: string;
  /** `sub`: a user, or the client itself. */
  readonly subject: string;
  readonly clientId: string | undefined;
  /** The user as the token names it: relative to the FHIR server that it was issued for, or absolute. */
  readonly fhirUser: string | undefined;
  /** The id of the patient in context. */
  readonly patient: string | undefined;
  /** The FHIR base of the server whose ids `patient` and a relative `fhirUser` are; undefined: this one. */
  readonly server: string | undefined;
  readonly scopes: Scopes;
  /** Milliseconds since 1970; undefined: the issuer did not say. */
  readonly expires: number | undefined;
}

const ID = /^(?:Patient\/)?([A-Za-z0-9\-.]{1,64})$/;

/** Launch context in the claims `patient` and `fhirUser`. @throws {TokenRefused} for a token that is about nobody. */
export function principalOf(claims: Claims, { issuer, scopesFrom, fhirBase }: Issuer): Principal {
  const clientId = text(claims['client_id']) ?? text(claims['azp']);
  const subject = text(claims['sub']) ?? clientId;
  if (subject === undefined) throw new TokenRefused('The token does not say whom it is about');
  const { exp, patient } = claims;
  return {
    issuer, subject, clientId,
    fhirUser: text(claims['fhirUser']),
    patient: typeof patient === 'string' ? ID.exec(patient)?.[1] : undefined,
    // Whoever does not say for whom a token is may mean the issuer's own server only.
    server: fhirBase !== undefined && (claims['aud'] === undefined || isFor(claims['aud'], [fhirBase])) ? fhirBase : undefined,
    scopes: Scopes.of(claims[scopesFrom]),
    expires: typeof exp === 'number' ? exp * 1000 : undefined,
  };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
