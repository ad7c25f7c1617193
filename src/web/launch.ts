/** `/launch`: takes the user to the sign-in of the health record that the page names. */
import { part, say } from './page.js';
import { begin } from './session.js';

const { iss = '', launch = '', client = '', scope = '', redirect = '', issuer = '', revocation = '', at = '' } = part('content').dataset;
// fhirclient prefers what stands in the address: only what the server has looked at counts.
history.replaceState({}, '', location.pathname);
try {
  location.replace(await begin({ iss, launch, clientId: client, scope, redirectUri: redirect, issuer, revocation, at }));
} catch {
  say('The health record does not answer as it should, so nobody can be signed in. Open the app from the patient’s chart again, or try later.', true);
}
