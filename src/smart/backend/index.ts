/** SMART Backend Services, as a client: tokens for other FHIR servers. */
export { clientAssertion } from './assertion.js';
export { discoverTokenService, type TokenService } from './discovery.js';
export { TokenError } from './error.js';
export { TokenCache, type AccessToken, type TokenParts, type TokenRequest } from './tokens.js';
