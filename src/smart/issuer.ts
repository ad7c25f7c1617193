import { address, algorithmsIn, fieldsOf, filled, IssuersError, listIn, mustBeKnown, type Fields } from './fields.js';

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
  /**
   * The FHIR server that its tokens are issued for, where that is another than this one (a health record that launches
   * the app), without a slash at the end: `patient` and `fhirUser` are ids of that server then.
   */
  readonly fhirBase: string | undefined;
  /** As which client the app of `src/web` is launched there; undefined: not at all. */
  readonly launch: Launch | undefined;
}

export interface Launch {
  readonly clientId: string;
  /** What the app asks for beside `launch` or `launch/patient`; undefined: what its page needs. */
  readonly scope: string | undefined;
  /** Whose pages may show the app in a frame: origins such as `https://chart.ehr.example`; none: nobody's. */
  readonly framedBy: readonly string[];
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

/**
 * Issuers from the JSON of the setting.
 * @throws {IssuersError}
 */
export function readIssuers(text: string): readonly Issuer[] {
  const issuers = listIn(text, 'issuer').map((item, index) => readIssuer(fieldsOf(item, `issuer ${index + 1}`), `issuer ${index + 1}`));
  if (new Set(issuers.map(({ issuer }) => issuer)).size < issuers.length) throw new IssuersError('an issuer stands there twice');
  // Without a FHIR server of its own an app is launched at ours, whose smart-configuration names the first issuer.
  const astray = issuers.findIndex(({ launch, fhirBase }, index) => index > 0 && launch !== undefined && fhirBase === undefined);
  if (astray > 0) throw new IssuersError(`issuer ${astray + 1}: only the first issuer launches without fhirBase`);
  return issuers;
}

/** Those that others are known to sign with; SHA-512 is for those who ask for it. */
const USUAL: readonly Algorithm[] = ['RS256', 'RS384', 'ES256', 'ES384', 'PS256', 'PS384'];

const KNOWN: ReadonlySet<string> = new Set(['issuer', 'audience', 'jwksUri', 'algorithms', 'introspection', 'scopesFrom', 'endpoints', 'fhirBase', 'launch']);

function readIssuer(fields: Fields, at: string): Issuer {
  mustBeKnown(fields, KNOWN, at);
  const { introspection } = fields;
  const audience = Array.isArray(fields['audience']) ? (fields['audience'] as unknown[]) : [fields['audience']];
  return {
    issuer: address(fields['issuer'], `${at}: issuer`),
    audience: audience.map((each) => filled(each, `${at}: audience`)),
    jwksUri: fields['jwksUri'] === undefined ? undefined : address(fields['jwksUri'], `${at}: jwksUri`),
    algorithms: algorithmsIn(fields['algorithms'], ALGORITHMS, at) ?? USUAL,
    introspection: introspection === undefined ? undefined : readIntrospection(fieldsOf(introspection, `${at}: introspection`), `${at}: introspection`),
    scopesFrom: fields['scopesFrom'] === undefined ? 'scope' : filled(fields['scopesFrom'], `${at}: scopesFrom`),
    endpoints: fields['endpoints'] === undefined ? {} : readEndpoints(fieldsOf(fields['endpoints'], `${at}: endpoints`), `${at}: endpoints`),
    fhirBase: fields['fhirBase'] === undefined ? undefined : address(fields['fhirBase'], `${at}: fhirBase`).replace(/\/+$/, ''),
    launch: fields['launch'] === undefined ? undefined : readLaunch(fieldsOf(fields['launch'], `${at}: launch`), `${at}: launch`),
  };
}

function readLaunch(fields: Fields, at: string): Launch {
  mustBeKnown(fields, new Set(['clientId', 'scope', 'framedBy']), at);
  const { framedBy = [] } = fields;
  if (!Array.isArray(framedBy)) throw new IssuersError(`${at}: framedBy is a list of origins, such as ["https://chart.ehr.example"]`);
  return {
    clientId: filled(fields['clientId'], `${at}: clientId`),
    scope: fields['scope'] === undefined ? undefined : filled(fields['scope'], `${at}: scope`),
    framedBy: (framedBy as unknown[]).map((each) => originIn(each, `${at}: framedBy`)),
  };
}

/** Whole, without a path: it stands in a policy, where a path or a wildcard would mean something else. */
function originIn(value: unknown, at: string): string {
  const { origin } = new URL(address(value, at));
  if (String(value) !== origin || !/^https?:\/\/[\w.:[\]-]+$/.test(origin)) throw new IssuersError(`${at} takes origins: a scheme, a host, and its port where it is not the usual one`);
  return origin;
}

function readIntrospection(fields: Fields, at: string): Introspection {
  mustBeKnown(fields, new Set(['endpoint', 'clientId', 'clientSecret']), at);
  return { endpoint: address(fields['endpoint'], `${at}: endpoint`), clientId: filled(fields['clientId'], `${at}: clientId`), clientSecret: filled(fields['clientSecret'], `${at}: clientSecret`) };
}

function readEndpoints(fields: Fields, at: string): Endpoints {
  mustBeKnown(fields, new Set(ENDPOINTS), at);
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, address(value, `${at}: ${name}`)]));
}

/** The addresses that are asked about an issuer, as configured. */
export const addressesOf = ({ issuer, jwksUri, introspection, launch, fhirBase }: Issuer): readonly string[] =>
  [issuer, jwksUri, introspection?.endpoint, launch && fhirBase].filter((each) => each !== undefined);
