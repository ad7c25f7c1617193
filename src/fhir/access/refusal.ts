import { FhirError } from '../outcome.js';
import type { Caller, Grant, Permission } from './caller.js';
import { isReachedByPatient } from './rights.js';

/** What a caller would need: permissions on a type. */
export interface Need {
  readonly type: string;
  readonly permissions: readonly Permission[];
}

/** 403 with the scopes that would do (RFC 6750 §3.1). `expression`: where what is refused stands in the body; `context`: default: that of the caller's scopes, where it can reach what is needed. */
export function insufficientScope(caller: Caller, needs: readonly Need[], expression?: string, context?: Grant['context']): FhirError {
  const scope = needs.map((need) => `${context ?? contextFor(caller, need)}/${need.type}.${need.permissions.join('')}`).join(' ');
  return new FhirError(403, {
    severity: 'error', code: 'forbidden', id: 'insufficient-scope',
    text: `The token does not allow this: it needs ${scope}`,
    ...(expression ? { expression } : {}),
  }, { 'WWW-Authenticate': `Bearer realm="cobalt", error="insufficient_scope", scope="${scope}"` });
}

/** A user's, where the caller has none, and where no patient's record holds such a thing: more scopes of `patient/` would not help. */
function contextFor({ scopes: [first], patient }: Caller, { type, permissions }: Need): Grant['context'] {
  if (first?.context !== 'patient') return first?.context ?? 'user';
  return patient !== undefined && permissions.every((permission) => isReachedByPatient(type, permission)) ? 'patient' : 'user';
}

/** The same, for what the whole store is needed for: neither a patient nor a constraint may limit it. */
export function needsAll(needs: readonly Need[]): FhirError {
  const scope = needs.map(({ type, permissions }) => `user/${type}.${permissions.join('')}`).join(' ');
  return new FhirError(403, {
    severity: 'error', code: 'forbidden', id: 'insufficient-scope',
    text: `The token does not allow this: it works on all that is stored, and needs ${scope} without constraints, or the same of system/`,
  }, { 'WWW-Authenticate': `Bearer realm="cobalt", error="insufficient_scope", scope="${scope}"` });
}
