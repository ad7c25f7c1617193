/** SMART App Launch 2.2: whose tokens are good and what they allow; our own keys as a client. Knows neither FHIR nor HTTP servers. */
export { IssuersError } from './fields.js';
export { addressesOf, readIssuers, type Issuer } from './issuer.js';
export { CdsClientVerifier, readCdsClients, serversOf, type CdsClient } from './cds-client.js';
export { LaunchRefused, Launches, type LaunchEndpoints, type LaunchOffer } from './launches.js';
export { KeysError, loadClientKeys, readClientKeys, type ClientKeys, type PublicKey, type SigningKey } from './keys.js';
export { IssuerUnavailable, TokenRefused } from './refused.js';
export { oauthUris, smartConfiguration } from './configuration.js';
export { Scopes, type ResourceScope } from './scopes.js';
export { TokenVerifier } from './verifier.js';
export type { Principal } from './principal.js';
export type { Ask } from './ask.js';
