import { expect, it } from 'vitest';
import { smartConfiguration } from '../../src/smart/configuration.js';
import { readIssuers, type Issuer } from '../../src/smart/index.js';
import { AUDIENCE } from './issuer.js';

const [issuer] = readIssuers(JSON.stringify([{ issuer: 'https://login.clinic.example', audience: AUDIENCE }])) as readonly [Issuer];

/** SMART App Launch 2.2: S256 is required, plain excluded; what the issuer itself denies is not claimed for it. */
it.each([
  ['says nothing', undefined, ['S256']],
  ['takes both', ['plain', 'S256'], ['S256']],
  ['takes plain only', ['plain'], []],
  ['says what is no list', 'S256', []],
])('code_challenge_methods_supported where the issuer %s', (_what, stated, claimed) => {
  expect(smartConfiguration(issuer, { ...(stated === undefined ? {} : { code_challenge_methods_supported: stated }) })['code_challenge_methods_supported']).toEqual(claimed);
});
