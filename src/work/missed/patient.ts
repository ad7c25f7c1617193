import type { Claim, Coverage, FhirResource, RelatedPerson } from 'fhir/r4.js';
import { residualOf } from '../../claims/amounts.js';
import { addDays } from '../../claims/calendar.js';
import { crossoverOf } from '../../claims/crossover.js';
import { crossoverWait } from '../../claims/deadlines/deadlines.js';
import { filingDate } from '../../claims/derive/billed.js';
import { referenceTo } from '../../claims/derive/input.js';
import { gather, situationOf, type Situation } from '../../claims/derive/situation.js';
import { relative, type Decision } from '../../claims/read-header.js';
import type { Resources } from '../../fhir/resources.js';
import { chainsOf } from '../derivation/chains.js';
import { decisionsOf, toInput } from '../derivation/load.js';
import { withReferred } from '../derivation/lookup.js';
import { askedOf, isBilled } from './billed.js';
import type { MissedSecondary } from './entry.js';

/** Claims of one patient, at most: a lifetime of weekly dialysis has fewer. */
const MOST = 20_000;
/** Claims asked about at a time. */
const AT_A_TIME = 50;

/**
 * The claims of a patient that should have gone to a next payer and have not been sent: a payer’s decision stands, net of
 * reversals, it left something that a next payer may be asked to consider, the order of benefits names one that was in
 * force, and no claim to it was sent; a draft is not sent. Neither drafts nor the day of asking change the answer.
 * @throws {FhirError} 422 where more is referred to than one family has.
 */
export async function missedOf(patient: string, resources: Resources): Promise<MissedSecondary[]> {
  const coverages = await resources.search<Coverage>('Coverage', `beneficiary=${patient}`);
  if (coverages.length < 2) return [];
  const claims = await resources.search<Claim>('Claim', `patient=${patient}`, { most: MOST });
  const decisions = await decisionsAbout(claims, resources);
  if (decisions.length === 0) return [];
  const people = await resources.search<RelatedPerson>('RelatedPerson', `patient=${patient}`);
  const known = await withReferred([...coverages, ...people, ...decisions, ...claims], resources);
  const found: MissedSecondary[] = [];
  for (const chain of chainsOf(claims)) {
    const situation = standing(chain, decisions, coverages, known);
    const missed = situation && missedIn(situation, patient);
    if (situation && missed) found.push({ ...missed, patientBilled: await wasBilled(situation, patient, resources) });
  }
  return found;
}

async function decisionsAbout(claims: readonly Claim[], resources: Resources): Promise<Decision[]> {
  const found: Decision[] = [];
  for (let at = 0; at < claims.length; at += AT_A_TIME) found.push(...(await decisionsOf(claims.slice(at, at + AT_A_TIME), resources)));
  return found;
}

/** Undefined: no payer's decision stands, or its amounts are too large to be told exactly. */
function standing(claims: readonly Claim[], decisions: readonly Decision[], coverages: readonly Coverage[], resources: readonly FhirResource[]): Situation | undefined {
  const [claim] = claims;
  const own = new Set(claims.map(referenceTo));
  const about = decisions.filter((decision) => own.has(relative((decision.resourceType === 'ClaimResponse' ? decision.request : decision.claim)?.reference)));
  if (!claim || about.length === 0) return undefined;
  try {
    return situationOf(gather(toInput({ claim, claims, decisions: about, coverages, resources }, { asOf: '' })));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function missedIn({ last: { adjudication, coverage: priorCoverage }, before, next, coverage, open, rules, deadline, input }: Situation, patient: string): Omit<MissedSecondary, 'patientBilled'> | undefined {
  const residual = residualOf(adjudication);
  const claim = referenceTo(before);
  const isSent = open.some((each) => each !== before && each.status !== 'draft');
  if (residual <= 0 || isSent || !('coverage' in next) || claim === undefined) return undefined;
  const wait = crossoverOf(adjudication, []) && crossoverWait({ rules, dates: { 'prior-payer-decision': adjudication.date || undefined } });
  const prior = input.coverages.find((each) => referenceTo(each) === priorCoverage);
  return {
    patient, claim, residual, priorCoverage,
    coverage: next.coverage,
    payer: payerOf(coverage),
    priorPayer: payerOf(prior),
    deadline: deadline?.due,
    notBefore: wait && addDays(wait.due, 1),
    serviceDate: filingDate(before),
  };
}

async function wasBilled({ chain, decided, last }: Situation, patient: string, resources: Resources): Promise<boolean> {
  const related = [...chain.all, ...decided.flatMap(({ decisions }) => decisions)].flatMap((each) => referenceTo(each) ?? []);
  return isBilled(await askedOf(patient, resources), new Set(related), patient, last.adjudication.date, resources);
}

const payerOf = (coverage: Coverage | undefined): string | undefined => relative(coverage?.payor[0]?.reference);
