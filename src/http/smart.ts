import type { CapabilityStatementRestSecurity } from 'fhir/r4.js';
import { FhirError } from '../fhir/outcome.js';
import type { FhirResponse } from '../fhir/interactions/interaction.js';
import { oauthUris, smartConfiguration, type Issuer, type TokenVerifier } from '../smart/index.js';
import { gate, type Gate, type LocateHere } from './gate.js';

/** What the server says and asks where issuers are configured. */
export interface Smart extends Gate {
  /** `[base]/.well-known/smart-configuration`. @throws {FhirError} 503 while the issuer does not say where its endpoints are. */
  configuration(): Promise<FhirResponse>;
  /** The same, without a look at whether it is complete. */
  stated(): Promise<Readonly<Record<string, unknown>>>;
  /** `CapabilityStatement.rest.security` */
  security(): Promise<CapabilityStatementRestSecurity>;
}

export const SMART_CONFIGURATION = '.well-known/smart-configuration';

export function smart(issuers: readonly [Issuer, ...Issuer[]], verifier: TokenVerifier, baseUrl: string, locate?: LocateHere): Smart {
  const [first] = issuers;
  const configuration = async (): Promise<Readonly<Record<string, unknown>>> => smartConfiguration(first, await verifier.metadata().catch(() => ({})));
  return {
    ...gate(verifier, baseUrl, locate),
    stated: configuration,
    async configuration() {
      const stated = await configuration();
      if (stated['token_endpoint'] === undefined) throw new FhirError(503, { severity: 'error', code: 'transient', id: 'issuer-unavailable', text: 'The issuer does not say where its endpoints are: repeat the request later' }, { 'Retry-After': '10' });
      return { status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify(stated)) };
    },
    security: async () => security(oauthUris(await configuration())),
  };
}

/** SMART App Launch 2.2, "Using the CapabilityStatement": superseded by smart-configuration, and still read. */
const security = (uris: readonly (readonly [name: string, uri: string])[]): CapabilityStatementRestSecurity => ({
  ...(uris.length > 0 ? { extension: [{ url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris', extension: uris.map(([url, valueUri]) => ({ url, valueUri })) }] } : {}),
  cors: true,
  service: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }], text: 'Access tokens and scopes of SMART App Launch 2.2' }],
});
