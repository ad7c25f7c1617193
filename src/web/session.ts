/** Signing in by SMART App Launch 2.2, as a public client with PKCE; what is known of it stands in the session storage of this tab only. */

/** What of fhirclient is used: it is a script of its own on the page. */
interface SmartLibrary {
  readonly oauth2: {
    authorize(options: { readonly iss: string; readonly launch?: string; readonly clientId: string; readonly scope: string; readonly redirectUri: string; readonly pkceMode: 'required'; readonly stateKey: string; readonly completeInTarget: true; readonly noRedirect: true }): Promise<string>;
    ready(): Promise<{ readonly state: SmartState }>;
  };
}
interface SmartState {
  readonly serverUrl: string;
  /** Seconds since 1970. */
  readonly expiresAt?: number;
  readonly clientId?: string;
  readonly tokenResponse?: { readonly access_token?: string; readonly refresh_token?: string; readonly patient?: string; readonly fhirContext?: unknown; readonly appContext?: unknown };
}
declare const FHIR: SmartLibrary;

/** A good sign-in. */
export interface Session {
  readonly token: string;
  /** Where and as which client its tokens are taken back at the end; undefined: the server does not say where. */
  readonly ending: { readonly revocation: string; readonly clientId: string; readonly tokens: readonly string[] } | undefined;
  /** The FHIR server that launched us: the ids below are its own. */
  readonly server: string;
  readonly patient: string | undefined;
  /** SMART App Launch 2.2, `fhirContext`: references such as `Claim/1`. */
  readonly references: readonly string[];
  /** `appContext` of CDS Hooks, as text. */
  readonly appContext: string | undefined;
}

/** Why there is no sign-in, in words; `server`: where to try again. */
export class SignInProblem extends Error {
  readonly server: string | undefined;
  constructor(message: string, server?: string) {
    super(message);
    this.server = server;
  }
}

/** A sign-in that was begun here and has not come back. */
interface Pending {
  readonly begun: number;
  readonly server: string;
  /** Of the authorization server, where it says so. */
  readonly issuer: string;
}

/** Whose page this is: of the record that its address names, in whose frames it may be; empty: of none, in no frame. */
export interface Place {
  /** The record's FHIR base, without a slash at the end. */
  readonly server: string;
  /** Short for it, as it stands in the address. */
  readonly at: string;
}

const PENDING = 'cobalt-launch:';
const REVOCATION = 'cobalt-revocation';
/** As long may somebody take to sign in. */
const PATIENCE_MS = 10 * 60_000;

export interface LaunchRequest {
  readonly iss: string;
  /** '': the app stands alone. */
  readonly launch: string;
  readonly clientId: string;
  readonly scope: string;
  readonly redirectUri: string;
  readonly issuer: string;
  /** Where it takes tokens back; '': nowhere. */
  readonly revocation: string;
  /** Short for the record, as `Place` has it. */
  readonly at: string;
}

/** The address of the sign-in. What links the way back to this tab is drawn from 256 random bits; the name of the record behind them tells our server in whose frames the page may be. */
export async function begin({ iss, launch, clientId, scope, redirectUri, issuer, revocation, at }: LaunchRequest): Promise<string> {
  const stateKey = `${random()}.${at}`;
  sessionStorage.setItem(PENDING + stateKey, JSON.stringify({ begun: Date.now(), server: iss, issuer } satisfies Pending));
  sessionStorage.setItem(REVOCATION, revocation);
  return FHIR.oauth2.authorize({ iss, ...(launch === '' ? {} : { launch }), clientId, scope, redirectUri, pkceMode: 'required', stateKey, completeInTarget: true, noRedirect: true });
}

/** The sign-in that comes back, or the one that this tab has; at the place where this page is, and at no other. @throws {SignInProblem} */
export async function resume(place: Place): Promise<Session> {
  const answer = new URL(location.href).searchParams;
  const state = answer.get('state');
  if (state !== null || answer.has('code') || answer.has('error')) mustBeOurs(answer, state ?? '', place);
  const { state: known } = await FHIR.oauth2.ready().catch(() => {
    forget();
    stay(place);
    throw new SignInProblem('You are not signed in.');
  });
  // fhirclient takes code and state out of the address, and leaves what else came with them.
  stay(place);
  const { serverUrl, expiresAt, clientId = '', tokenResponse: { access_token: token, refresh_token: refresh, patient, fhirContext, appContext } = {} } = known;
  // Another record's pages may have this page in a frame: what they name is not what they are shown.
  if (!isAt(place, serverUrl)) throw new SignInProblem('This window is signed in at another health record. Open the app from the patient’s chart again.', place.server);
  const revocation = sessionStorage.getItem(REVOCATION) ?? '';
  if (!token) throw new SignInProblem('You are not signed in.', serverUrl);
  if (expiresAt !== undefined && expiresAt * 1000 <= Date.now()) throw ended(serverUrl);
  const ending = revocation === '' ? undefined : { revocation, clientId, tokens: [...(refresh ? [refresh] : []), token] };
  return { token, ending, server: serverUrl.replace(/\/$/, ''), patient, references: referencesIn(fhirContext), appContext: typeof appContext === 'string' ? appContext : undefined };
}

const isAt = ({ server }: Place, other: string): boolean => server === '' || server === other.replace(/\/$/, '');

/** Nothing of a sign-in stays in the address, only whose page this is: it comes back into the same frames when it is loaded again. */
const stay = ({ at }: Place): void => history.replaceState({}, '', at === '' ? location.pathname : `${location.pathname}?at=${at}`);

export const ended = (server: string): SignInProblem => new SignInProblem('Your sign-in has ended. Sign in again to go on.', server);

/** Whoever comes with a code or an error was sent from here, a moment ago, to that server, and comes once. */
function mustBeOurs(answer: URLSearchParams, state: string, place: Place): void {
  const kept = sessionStorage.getItem(PENDING + state);
  sessionStorage.removeItem(PENDING + state);
  const refuse = (message: string, server?: string): SignInProblem => {
    sessionStorage.removeItem(state);
    stay(place);
    return new SignInProblem(message, server);
  };
  if (kept === null) throw refuse('This sign-in was not begun in this window, or was used before.');
  const { begun, server, issuer } = JSON.parse(kept) as Pending;
  if (Date.now() - begun > PATIENCE_MS) throw refuse('The sign-in took longer than ten minutes.', server);
  // RFC 9207: another server than the one that was asked must not answer for it.
  if (!isAt(place, server) || (issuer !== '' && answer.has('iss') && answer.get('iss') !== issuer)) throw refuse('Another server answered than the one that was asked.', server);
  if (answer.has('error')) throw refuse(answer.get('error') === 'access_denied' ? 'The sign-in was refused, or broken off.' : 'The health record could not sign you in.', server);
}

/**
 * Signs out: the server that gave the tokens is told that they are of no use any more (RFC 7009 §2.1, as a public client),
 * and nothing is left here. Nobody waits for its answer, which says nothing that the user could do something about.
 */
export function signOut(ending: Session['ending']): void {
  forget();
  for (const token of ending?.tokens ?? []) {
    void fetch(ending?.revocation ?? '', { method: 'POST', body: new URLSearchParams({ token, client_id: ending?.clientId ?? '' }), mode: 'no-cors', credentials: 'omit', keepalive: true }).catch(() => undefined);
  }
}

/** Forgets who was signed in here, and everything that was begun. */
export const forget = (): void => sessionStorage.clear();

/** To the sign-in of a server; without one (''), to where one is chosen. */
export const signInAt = (server: string): void => location.assign(server === '' ? '/launch' : `/launch?iss=${encodeURIComponent(server)}`);

const referencesIn = (context: unknown): string[] =>
  (Array.isArray(context) ? context : []).flatMap((item: unknown) => {
    const { reference } = (typeof item === 'object' && item !== null ? item : {}) as { reference?: unknown };
    return typeof reference === 'string' ? [reference] : [];
  });

function random(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
