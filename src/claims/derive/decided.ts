import type { Claim, Coverage } from 'fhir/r4.js';
import type { Adjudication, Finding } from '../model.js';
import { readAdjudication } from '../read.js';
import { relative, type Decision } from '../read-header.js';
import { focalCoverageOf, type Chain } from './chain.js';
import { referenceTo, type ResourceIndex } from './input.js';
import { maySamePatient } from './same-patient.js';

/** One decision; `adjudication.coverage` is the coverage that decided, as we know it. */
export interface Answer {
  readonly resource: Decision;
  readonly adjudication: Adjudication;
}

export interface Answers {
  /** Decisions on claims, finished or not. */
  readonly answers: readonly Answer[];
  readonly findings: readonly Finding[];
}

/** X12 CLP02: predetermination pricing only. */
const PREDETERMINATION = '25';

/**
 * The decisions about the chain, each with the coverage that decided. Estimates, authorisations, what is not active and
 * what we made of an ExplanationOfBenefit ourselves are no decisions; one that names another patient than its claim is
 * none about it. `index`: the records of the patients, as far as they are known.
 */
export function answersOf(decisions: readonly Decision[], chain: Chain, coverages: readonly Coverage[], index: ResourceIndex): Answers {
  const findings: Finding[] = [];
  const known = new Set(decisions.flatMap((decision) => referenceTo(decision) ?? []));
  const answers = decisions.filter((decision) => !known.has(decision.meta?.source ?? '')).flatMap((resource): Answer[] => {
    const { adjudication } = readAdjudication(resource);
    if (adjudication.use !== 'claim' || adjudication.status !== 'active' || adjudication.eraStatus === PREDETERMINATION) {
      findings.push({ code: 'not-a-decision', severity: 'information', expression: resource.resourceType, text: 'An estimate, an authorisation or what is not active is not counted as a decision' });
      return [];
    }
    if (!maySamePatient(resource.patient, (answeredIn(chain, adjudication.claim) ?? chain.all[0])?.patient, index.values())) {
      findings.push({ code: 'other-patient', severity: 'warning', expression: `${resource.resourceType}.patient`, text: 'The decision names another patient than the claim, and is not counted: correct its patient, or the claim that it names' });
      return [];
    }
    const coverage = coverageOf(adjudication, chain, coverages);
    if (coverage !== undefined) return [{ resource, adjudication: adjudication.coverage === coverage ? adjudication : { ...adjudication, coverage } }];
    findings.push({ code: 'payer-unknown', severity: 'warning', expression: `${resource.resourceType}.insurance`, text: 'It is not known which coverage decided: name it in the decision’s insurance' });
    return [];
  });
  return { answers, findings };
}

/**
 * As the decision names it; else the coverage that its claim went to, unless the payer that decided is that of another
 * one (a claim that was forwarded); else the one of the payer that decided.
 */
function coverageOf({ coverage, claim, insurer }: Adjudication, chain: Chain, coverages: readonly Coverage[]): string | undefined {
  if (coverage !== undefined && (coverages.some((one) => referenceTo(one) === coverage) || isOnClaim(chain.all, coverage))) return coverage;
  const answered = answeredIn(chain, claim) ?? (chain.all.length === 1 ? chain.all[0] : undefined);
  const focal = answered && focalCoverageOf(answered);
  const ofPayer = coverages.filter(({ payor }) => payor.some(({ reference }) => insurer !== undefined && relative(reference) === insurer)).map(referenceTo);
  return ofPayer.length === 1 ? ofPayer[0] : focal;
}

const answeredIn = ({ all }: Chain, claim: string | undefined): Claim | undefined => all.find((one) => referenceTo(one) === claim);

const isOnClaim = (claims: readonly Claim[], coverage: string): boolean =>
  claims.some(({ insurance }) => insurance.some((row) => relative(row.coverage.reference) === coverage));
