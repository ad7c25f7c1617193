import { createHash } from 'node:crypto';
import { interpretAdjudication } from '../../src/claims/index.js';
import { deriveNextClaim, orderDates } from '../../src/claims/derive/derive.js';
import { orderBenefits } from '../../src/cob/index.js';
import { engineInput, type EngineInput } from './fixtures.js';
import { median, type Row } from './table.js';

const ROUNDS = 9;
const ROUND_MS = 300;
/** The engine is many small functions: the compiler needs this long until it has seen them all. */
const WARM_UP_MS = 4_000;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Order, interpretation and derivation of a six-line claim with three coverages, beside a JSON round trip of their input. */
export function benchEngine(): Row {
  const input = engineInput();
  const { reason, claim } = derive(input);
  if (reason !== 'derived' || claim?.item?.length !== 6) throw new Error(`the bench's claim was not derived: ${reason}`);
  const roundTrip = (): unknown => JSON.parse(JSON.stringify(input));
  perSecond(() => derive(input), WARM_UP_MS);
  perSecond(roundTrip, WARM_UP_MS);
  const rounds = Array.from({ length: ROUNDS }, () => ({ mine: perSecond(() => derive(input), ROUND_MS), yardstick: perSecond(roundTrip, ROUND_MS) }));
  const mine = median(rounds.map((round) => round.mine));
  const yardstick = median(rounds.map((round) => round.yardstick));
  return { name: 'order, interpret, derive (time)', mine: `${Math.round(mine)}/s`, yardstick: `JSON round trip of the input ${Math.round(yardstick)}/s`, ratio: yardstick / mine, bar: 2, better: 'lower' };
}

function derive({ claim, earlier, decisions, coverages, resources }: EngineInput): ReturnType<typeof deriveNextClaim> {
  const orders = orderDates(claim, coverages).map((date) => ({
    date,
    order: orderBenefits({
      coverages: [...coverages],
      patient: resources.find((resource) => resource.resourceType === 'Patient'),
      relatedPersons: resources.filter((resource) => resource.resourceType === 'RelatedPerson'),
      organizations: resources.filter((resource) => resource.resourceType === 'Organization'),
      date, benefitType: 'medical', relatedCause: 'none',
    }),
  }));
  for (const decision of decisions) interpretAdjudication(decision, { claim });
  return deriveNextClaim({ claim, claims: [earlier], decisions, coverages, resources, orders, asOf: '2026-05-01', digest });
}

function perSecond(call: () => unknown, milliseconds: number): number {
  const start = performance.now();
  let calls = 0;
  while (performance.now() - start < milliseconds) {
    for (let n = 0; n < 20; n += 1) call();
    calls += 20;
  }
  return (calls / (performance.now() - start)) * 1000;
}
