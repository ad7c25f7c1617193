import type { Caller, Grant, Permission } from './caller.js';

/** A caller as JSON holds it: for what goes on after the request, in their name. */
export interface KeptCaller extends Omit<Caller, 'scopes'> {
  readonly scopes: readonly (Omit<Grant, 'permissions'> & { readonly permissions: string })[];
}

export const keepCaller = ({ scopes, ...who }: Caller): KeptCaller => ({ ...who, scopes: scopes.map(({ permissions, ...grant }) => ({ ...grant, permissions: [...permissions].join('') })) });

/** What is undefined in a caller is left out by JSON. */
export const callerOf = ({ scopes, issuer, subject, clientId, fhirUser, patient, expires }: KeptCaller): Caller =>
  ({ issuer, subject, clientId, fhirUser, patient, expires, scopes: scopes.map(({ permissions, ...grant }) => ({ ...grant, permissions: new Set([...permissions] as Permission[]) })) });

/** Of the same client and subject of the same issuer; where nobody is asked who they are, all are the same. */
export const isSameCaller = (one: KeptCaller | undefined, other: Caller | undefined): boolean =>
  one === undefined || other === undefined ? one === other : one.issuer === other.issuer && one.subject === other.subject && one.clientId === other.clientId;
