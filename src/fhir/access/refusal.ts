import { FhirError } from '../outcome.js';
import type { Caller, Grant, Permission } from './caller.js';

/** What a caller would need: permissions on a type. */
export interface Need {
  readonly type: string;
  readonly permissions: readonly Permission[];
}

/** 403 with the scopes that would do (RFC 6750 §3.1). `expression`: where what is refused stands in the body; `context`: default: that of the caller's scopes. */
export function insufficientScope({ scopes }: Caller, needs: readonly Need[], expression?: string, context: Grant['context'] = scopes[0]?.context ?? 'user'): FhirError {
  const scope = needs.map(({ type, permissions }) => `${context}/${type}.${permissions.join('')}`).join(' ');
  return new FhirError(403, {
    severity: 'error', code: 'forbidden', id: 'insufficient-scope',
    text: `The token does not allow this: it needs ${scope}`,
    ...(expression ? { expression } : {}),
  }, { 'WWW-Authenticate': `Bearer realm="cobalt", error="insufficient_scope", scope="${scope}"` });
}

/** The same, for what the whole store is needed for: neither a patient nor a constraint may limit it. */
export function needsAll(needs: readonly Need[]): FhirError {
  const scope = needs.map(({ type, permissions }) => `user/${type}.${permissions.join('')}`).join(' ');
  return new FhirError(403, {
    severity: 'error', code: 'forbidden', id: 'insufficient-scope',
    text: `The token does not allow this: it works on all that is stored, and needs ${scope} without constraints, or the same of system/`,
  }, { 'WWW-Authenticate': `Bearer realm="cobalt", error="insufficient_scope", scope="${scope}"` });
}
