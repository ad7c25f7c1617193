import { isIP } from 'node:net';

/** An authorization server whose tokens are accepted: one item of `COBALT_ISSUERS`. */
export interface Issuer {
  /** `iss` of its tokens, letter by letter. */
  readonly issuer: string;
  /** What `aud` must name: usually the FHIR base. */
  readonly audience: readonly string[];
  /** Undefined: as its discovery document says. */
  readonly jwksUri: string | undefined;
  /** How its tokens may be signed. */
  readonly algorithms: readonly Algorithm[];
  /** Where it says whether a token still counts (RFC 7662): opaque tokens are read there, and others asked about too. */
  readonly introspection: Introspection | undefined;
  /** The claim that holds the scopes. */
  readonly scopesFrom: string;
  /** What smart-configuration says of it beside its discovery document. */
  readonly endpoints: Endpoints;
}

export interface Introspection {
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** By their names in smart-configuration. */
export type Endpoints = Readonly<Partial<Record<(typeof ENDPOINTS)[number], string>>>;

export const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'introspection_endpoint', 'revocation_endpoint', 'registration_endpoint', 'management_endpoint'] as const;

/** RFC 7518 §3.1; never `none`, and nothing symmetric: an issuer's public key is no secret. */
export const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** The setting is not as it should be; the message says what, and shows no value: there are secrets among them. */
export class IssuersError extends Error {}

/**
 * Issuers from the JSON of the setting.
 * @throws {IssuersError}
 */
export function readIssuers(text: string): readonly Issuer[] {
  const list = parsed(text);
  if (!Array.isArray(list) || list.length === 0) throw new IssuersError('it is a JSON array with at least one issuer');
  const issuers = list.map((item: unknown, index) => readIssuer(fieldsOf(item, `issuer ${index + 1}`), `issuer ${index + 1}`));
  if (new Set(issuers.map(({ issuer }) => issuer)).size < issuers.length) throw new IssuersError('an issuer stands there twice');
  return issuers;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new IssuersError('it is no JSON');
  }
}

type Fields = Readonly<Record<string, unknown>>;

const KNOWN: ReadonlySet<string> = new Set(['issuer', 'audience', 'jwksUri', 'algorithms', 'introspection', 'scopesFrom', 'endpoints']);

function readIssuer(fields: Fields, at: string): Issuer {
  mustBeKnown(fields, KNOWN, at);
  const { introspection } = fields;
  const audience = Array.isArray(fields['audience']) ? (fields['audience'] as unknown[]) : [fields['audience']];
  return {
    issuer: address(fields['issuer'], `${at}: issuer`),
    audience: audience.map((each) => filled(each, `${at}: audience`)),
    jwksUri: fields['jwksUri'] === undefined ? undefined : address(fields['jwksUri'], `${at}: jwksUri`),
    algorithms: algorithms(fields['algorithms'], at),
    introspection: introspection === undefined ? undefined : readIntrospection(fieldsOf(introspection, `${at}: introspection`), `${at}: introspection`),
    scopesFrom: fields['scopesFrom'] === undefined ? 'scope' : filled(fields['scopesFrom'], `${at}: scopesFrom`),
    endpoints: fields['endpoints'] === undefined ? {} : readEndpoints(fieldsOf(fields['endpoints'], `${at}: endpoints`), `${at}: endpoints`),
  };
}

function readIntrospection(fields: Fields, at: string): Introspection {
  mustBeKnown(fields, new Set(['endpoint', 'clientId', 'clientSecret']), at);
  return { endpoint: address(fields['endpoint'], `${at}: endpoint`), clientId: filled(fields['clientId'], `${at}: clientId`), clientSecret: filled(fields['clientSecret'], `${at}: clientSecret`) };
}

function readEndpoints(fields: Fields, at: string): Endpoints {
  mustBeKnown(fields, new Set(ENDPOINTS), at);
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, address(value, `${at}: ${name}`)]));
}

/** Those that others are known to sign with; SHA-512 is for those who ask for it. */
const USUAL: readonly Algorithm[] = ['RS256', 'RS384', 'ES256', 'ES384', 'PS256', 'PS384'];

function algorithms(value: unknown, at: string): readonly Algorithm[] {
  if (value === undefined) return USUAL;
  const given: unknown[] = Array.isArray(value) ? value : [];
  const known = given.map((each) => ALGORITHMS.find((algorithm) => algorithm === each));
  if (given.length === 0 || known.includes(undefined)) throw new IssuersError(`${at}: algorithms is a list of ${ALGORITHMS.join(', ')}`);
  return known.filter((algorithm) => algorithm !== undefined);
}

function fieldsOf(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new IssuersError(`${at} is a JSON object`);
  return value as Fields;
}

function mustBeKnown(fields: Fields, known: ReadonlySet<string>, at: string): void {
  if (!Object.keys(fields).every((name) => known.has(name))) throw new IssuersError(`${at} has ${[...known].join(', ')}, and nothing else`);
}

function filled(value: unknown, at: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw new IssuersError(`${at} must be a text`);
  return value;
}

/** An https URL, or an http one of this machine; as it was written. */
function address(value: unknown, at: string): string {
  const text = filled(value, at);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isOwnMachine(url));
  if (!url || !isSafe || url.username !== '' || url.password !== '' || url.hash !== '') throw new IssuersError(`${at} must be an https address; http only on this machine`);
  return text;
}

const isOwnMachine = ({ hostname }: URL): boolean => hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));

/** The addresses that are asked about an issuer, as configured. */
export const addressesOf = ({ issuer, jwksUri, introspection }: Issuer): readonly string[] =>
  [issuer, jwksUri, introspection?.endpoint].filter((each) => each !== undefined);
