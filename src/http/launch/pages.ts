import { html, type Html } from '../html.js';
import type { LaunchEndpoints, LaunchOffer } from '../../smart/index.js';

interface Page {
  readonly title: string;
  /** Classic scripts and modules, by their names under `/app/`. */
  readonly scripts?: readonly ('fhir-client.js' | 'launch.js' | 'app.js')[];
  readonly content: Html;
}

/** A page of the app; it may be read by anybody, since what is a patient's comes later, with a token. */
const page = ({ title, scripts = [], content }: Page): string => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/app/app.css">
${scripts.map((name) => (name === 'fhir-client.js' ? html`<script src="/app/${name}" defer></script>
` : html`<script src="/app/${name}" type="module"></script>
`))}</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><span class="brand">Cobalt</span> <span class="about">Who pays first, and what is to be done</span></header>
${content}
</body>
</html>
`.text;

export interface Launching {
  readonly offer: LaunchOffer;
  /** As the health record gave it: it goes back as `aud`. */
  readonly iss: string;
  /** Its handle of the launch; undefined: the app stands alone. */
  readonly launch: string | undefined;
  readonly endpoints: LaunchEndpoints;
  readonly redirectUri: string;
}

/** On its way to the sign-in: the script takes what it needs from the page, not from the address. */
export const launchPage = ({ offer, iss, launch, endpoints, redirectUri }: Launching): string => page({
  title: 'Signing in · Cobalt',
  scripts: ['fhir-client.js', 'launch.js'],
  content: html`<main id="content" data-iss="${iss}" data-launch="${launch ?? ''}" data-client="${offer.clientId}" data-scope="${launch === undefined ? 'launch/patient' : 'launch'} ${offer.scope}" data-redirect="${redirectUri}" data-issuer="${endpoints.issuer ?? ''}" data-at="${offer.id}" data-revocation="${endpoints.revocation ?? ''}">
<h1>Signing in</h1>
<p role="status" id="status">You are taken to the sign-in of your health record …</p>
<noscript><p class="problem">This app needs JavaScript to sign you in. Turn it on for this address and load the page again.</p></noscript>
</main>`,
});

/** Where the sign-in comes back to; `offer`: it shows who signed in there, and nobody else. The sections are filled when the answers are there. */
export const appPage = (baseUrl: string, offer: LaunchOffer | undefined): string => page({
  title: 'Cobalt',
  scripts: ['fhir-client.js', 'app.js'],
  content: html`<main id="content" data-base="${baseUrl}" data-server="${offer?.iss ?? ''}" data-at="${offer?.id ?? ''}" aria-busy="true">
<h1 id="who">Cobalt</h1>
<p role="status" id="status">Asking the server …</p>
<noscript><p class="problem">This app needs JavaScript. Turn it on for this address and load the page again.</p></noscript>
<div id="record"></div>
</main>`,
});

/** Which of several health records to sign in at. */
export const choicePage = (offers: readonly LaunchOffer[]): string => page({
  title: 'Sign in · Cobalt',
  content: html`<main id="content">
<h1>Where do you sign in?</h1>
<ul>
${offers.map(({ iss }) => html`<li><a href="/launch?iss=${encodeURIComponent(iss)}">${new URL(iss).host}</a></li>
`)}</ul>
</main>`,
});

/** What went wrong, and what can be done about it. */
export const problemPage = (title: string, sentences: readonly string[]): string => page({
  title: `${title} · Cobalt`,
  content: html`<main id="content">
<h1>${title}</h1>
${sentences.map((sentence) => html`<p>${sentence}</p>
`)}</main>`,
});
