#!/usr/bin/env node
import { behaviourTable } from './behaviours.js';
import { startPayer } from './server.js';

const HELP = `A payer that is not there: it takes claims as FHIR R4 (POST [base]/Claim/$submit) and answers by the member id.

  npm run payer            on 127.0.0.1:8090

  PORT                     another port; 0 takes a free one
  PAYER_CALLBACK           FHIR base, e.g. http://127.0.0.1:8080/fhir, that later answers are posted to;
                           without it they wait for GET [base]/ClaimResponse?request=Claim/…
  PAYER_DELAY_MS           how long later answers take, default 0

What it does, by the end of Coverage.subscriberId of the focal row:

${behaviourTable()}

The same Bundle.identifier (or Idempotency-Key) twice gets the same answer and is taken once. A claim that it has, sent
again under another key as a first bill, is denied as a duplicate (CO-18). Nothing outlives the process.
`;

const number = (name: string, otherwise: number): number => {
  const value = Number(process.env[name] ?? otherwise);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`${name} must be a whole number\n`);
  process.exit(78);
};

if (process.argv.includes('--help')) {
  process.stdout.write(HELP);
} else {
  const payer = await startPayer({ host: '127.0.0.1', port: number('PORT', 8090), callback: process.env['PAYER_CALLBACK'], delayMs: number('PAYER_DELAY_MS', 0), now: () => new Date() });
  process.stdout.write(`A simulated payer takes claims at ${payer.base}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void payer.close().then(() => process.exit(0)));
}
