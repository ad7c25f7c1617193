/** What may be done to resources (SMART App Launch 2.2, scopes): create, read, update, delete, search. */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

/** One thing that a token allows: `patient/Coverage.rs?status=active`. */
export interface Grant {
  /** `patient`: only the record of one patient. `user`, `system`: whatever is stored. */
  readonly context: 'patient' | 'user' | 'system';
  /** A type of resource, or `*`. */
  readonly type: string;
  readonly permissions: ReadonlySet<Permission>;
  /** Search parameters, all of which a resource must meet; none: every resource. */
  readonly constraint: readonly (readonly [name: string, value: string])[];
}

/** Who asks, as a token says it that was found good. */
export interface Caller {
  /** Who issued the token (`iss`). */
  readonly issuer: string;
  /** `sub`: a user, or the client itself. */
  readonly subject: string;
  readonly clientId: string | undefined;
  /** The user as a resource of this server, `Practitioner/1`; undefined where the token names none, or one of elsewhere. */
  readonly fhirUser: string | undefined;
  /** The id of the patient that `patient/` scopes are about. */
  readonly patient: string | undefined;
  /** What the token allows; empty: nothing. */
  readonly scopes: readonly Grant[];
  /** Milliseconds since 1970: when the token ends, for what goes on after the request; undefined: not stated. */
  readonly expires: number | undefined;
}
