import type { Claim, ClaimInsurance, ClaimItem, Coverage, FhirResource, Organization } from 'fhir/r4.js';
import type { PayerKind } from '../../cob/types.js';
import { maySamePatient } from '../derive/same-patient.js';
import { gather, type Gathered } from '../derive/situation.js';
import { indexOf, payorOf, type ResourceIndex } from '../derive/input.js';
import { chargeOf } from '../derive/worksheet.js';
import type { Adjudication, Finding } from '../model.js';
import type { Cents } from '../money.js';
import { readAdjudication } from '../read.js';
import { relative, type Decision } from '../read-header.js';
import type { ScrubInput } from './rule.js';

/** One row of `Claim.insurance` with what it refers to, as far as that is known. */
export interface Row {
  /** E.g. `Claim.insurance[0]`. */
  readonly expression: string;
  readonly insurance: ClaimInsurance;
  /** E.g. `Coverage/1`. */
  readonly reference: string | undefined;
  readonly coverage: Coverage | undefined;
  readonly payor: Organization | undefined;
  readonly kind: PayerKind | undefined;
  /** What its `claimResponse` refers to. */
  readonly decision: Decision | undefined;
  /** The same in the model; `coverage` is the row's where the decision names none. */
  readonly adjudication: Adjudication | undefined;
  /** What could not be read of the decision. */
  readonly unread: readonly Finding[];
}

/** A row whose decision is known. */
export type DecidedRow = Row & { readonly decision: Decision; readonly adjudication: Adjudication };

/** One service of the claim. */
export interface Line {
  /** E.g. `Claim.item[0]`. */
  readonly expression: string;
  readonly item: ClaimItem;
  readonly charge: Cents | undefined;
  /** First and last day, YYYY-MM-DD. */
  readonly start: string | undefined;
  readonly end: string | undefined;
}

/** What the rules look at, worked out once. */
export interface ScrubFacts {
  readonly input: ScrubInput;
  readonly claim: Claim;
  readonly index: ResourceIndex;
  /** As they stand in the claim. */
  readonly rows: readonly Row[];
  /** The row that the claim goes to; undefined where none or several are focal. */
  readonly focal: Row | undefined;
  /** Payers whose turn comes before the focal one. */
  readonly before: readonly Row[];
  readonly decided: readonly DecidedRow[];
  readonly lines: readonly Line[];
  readonly lineBySequence: ReadonlyMap<number, Line>;
  /** The claim's chain, and what its decisions come to, net of reversals. */
  readonly gathered: Gathered;
}

export function factsOf(input: ScrubInput): ScrubFacts {
  const { claim } = input;
  const index = indexOf([...input.resources, ...input.decisions, ...input.coverages, ...input.claims]);
  const rows = claim.insurance.map((insurance, position) => rowOf(insurance, position, input, index));
  const focalRows = rows.filter(({ insurance }) => insurance.focal);
  const focal = focalRows.length === 1 ? focalRows[0] : undefined;
  const lines = (claim.item ?? []).map(lineOf);
  return {
    input,
    claim,
    index,
    rows,
    focal,
    before: focal ? rows.filter(({ insurance }) => insurance.sequence < focal.insurance.sequence) : [],
    decided: rows.filter((row): row is DecidedRow => row.decision !== undefined),
    lines,
    lineBySequence: new Map(lines.map((line) => [line.item.sequence, line])),
    gathered: gather(input),
  };
}

function rowOf(insurance: ClaimInsurance, position: number, input: ScrubInput, index: ResourceIndex): Row {
  const reference = relative(insurance.coverage.reference);
  const found = targetOf(reference, input.claim, index);
  const coverage = found?.resourceType === 'Coverage' ? found : undefined;
  const answer = targetOf(insurance.claimResponse?.reference, input.claim, index);
  const decision = answer?.resourceType === 'ClaimResponse' || answer?.resourceType === 'ExplanationOfBenefit' ? answer : undefined;
  const reading = decision && readAdjudication(decision);
  const adjudication = reading?.adjudication;
  return {
    expression: `Claim.insurance[${position}]`,
    insurance,
    reference,
    coverage,
    payor: payorOf(coverage, index),
    kind: coverage && input.payerKindOf(coverage),
    decision,
    adjudication: adjudication && { ...adjudication, ...(reference === undefined ? {} : { coverage: adjudication.coverage ?? reference }) },
    unread: reading?.findings ?? [],
  };
}

/** Where the claim names a row's decision. */
export const decisionAt = ({ expression }: Row): string => `${expression}.claimResponse`;

/** Where the claim has the line that a row's decision answers; the decision, where it is about the claim or another line. */
export const lineAt = (row: Row, sequence: number | undefined, { lineBySequence }: ScrubFacts): string =>
  (sequence === undefined ? undefined : lineBySequence.get(sequence))?.expression ?? decisionAt(row);

/** What the payers said of a claim of this patient, e.g. `Claim/1`; not what names another patient. */
export const decisionsOn = ({ input, index }: ScrubFacts, claim: string | undefined): Adjudication[] =>
  input.decisions.filter(({ patient }) => maySamePatient(patient, input.claim.patient, index.values()))
    .map((decision) => readAdjudication(decision).adjudication).filter((adjudication) => claim !== undefined && adjudication.claim === claim);

/** A payer by its place, for the text of a finding. */
export const payerOf = ({ insurance }: Row): string => `Payer ${insurance.sequence}`;

/** What a reference of the claim names: a resource that it contains, or one that is known. */
export function targetOf(reference: string | undefined, claim: Claim, index: ResourceIndex): FhirResource | undefined {
  const target = relative(reference);
  if (!target?.startsWith('#')) return index.get(target ?? '');
  return claim.contained?.find(({ id }) => id === target.slice(1)) as FhirResource | undefined;
}

function lineOf(item: ClaimItem, position: number): Line {
  const day = (date: string | undefined): string | undefined => date?.slice(0, 10);
  const start = day(item.servicedDate ?? item.servicedPeriod?.start);
  const end = day(item.servicedDate ?? item.servicedPeriod?.end) ?? start;
  return { expression: `Claim.item[${position}]`, item, charge: chargeOf(item.net), start, end };
}
