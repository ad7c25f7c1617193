import fc from 'fast-check';
import { addDays } from '../../../src/claims/calendar.js';
import type { ChainFacts, DenialFacts, TurnFacts, WorkFacts, WriteOffFacts } from '../../../src/claims/review/facts.js';
import type { FileFacts } from '../../../src/claims/review/tally.js';

const day = fc.integer({ min: 0, max: 500 }).map((days) => addDays('2025-06-01', days));
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const cents = fc.integer({ min: 1, max: 500_000 });
const payer = fc.constantFrom('Organization/a', 'Organization/b', 'Organization/c');
const line = fc.constantFrom('professional', 'institutional');

const turn: fc.Arbitrary<TurnFacts> = fc.record({
  coverage: fc.constantFrom('Coverage/1', 'Coverage/2', 'Coverage/3'), payer, claim: fc.constant('Claim/x'), sent: maybe(day), due: maybe(day), decided: maybe(day), posted: maybe(day), denied: fc.boolean(), paid: cents,
});
const denial: fc.Arbitrary<DenialFacts> = fc.record({ payer, day, reason: fc.constantFrom('CO-16', 'CO-22', 'PR-204'), category: fc.constantFrom('info-missing', 'cob-order', 'non-covered'), action: fc.constant('appeal'), amount: cents });
const writeOff: fc.Arbitrary<WriteOffFacts> = fc.record({ class: fc.constantFrom('contractual', 'bad-debt'), day, amount: fc.oneof(cents, cents.map((amount) => -amount)), payer });
const work: fc.Arbitrary<WorkFacts> = fc.record({
  code: fc.constantFrom('submit-claim', 'work-denial'), owner: maybe(fc.constantFrom('Practitioner/p', 'Practitioner/q')), made: day, done: maybe(day), isOpen: fc.boolean(), due: maybe(day), amount: maybe(cents),
  sittings: fc.array(fc.record({ who: fc.constantFrom('Practitioner/p', 'Practitioner/q'), day, seconds: fc.integer({ min: 0, max: 10_000 }), touches: fc.integer({ min: 1, max: 5 }) }), { maxLength: 3 }),
});

export const chain: fc.Arbitrary<ChainFacts> = fc.record({
  claim: fc.integer({ min: 1, max: 1_000_000 }).map((id) => `Claim/${id}`), lines: line.map((code) => [code]), service: maybe(day), charge: cents,
  turns: fc.array(turn, { maxLength: 3 }), denials: fc.array(denial, { maxLength: 3 }), corrections: fc.nat(2),
  open: maybe(fc.record({ 'payer-1': cents }, { requiredKeys: [] })), writeOffs: fc.array(writeOff, { maxLength: 3 }), settled: maybe(day),
  ledger: fc.record({ entries: fc.nat(5), charged: fc.nat(1_000), posted: fc.nat(1_000), decided: fc.nat(1_000), task: maybe(fc.constant('Task/t')) }),
  work: fc.array(work, { maxLength: 2 }),
});

export const file: fc.Arbitrary<FileFacts> = fc.record({ chains: fc.array(chain, { maxLength: 4 }), others: fc.array(work, { maxLength: 2 }), strays: fc.constant({ entries: 0, amount: 0 }) });
