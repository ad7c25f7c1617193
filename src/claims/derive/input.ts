import type { Claim, ClaimResponse, Coverage, ExplanationOfBenefit, FhirResource, Organization } from 'fhir/r4.js';
import type { CobOrder } from '../../cob/types.js';
import type { Deadline } from '../deadlines/deadlines.js';
import type { Finding } from '../model.js';
import type { Cents } from '../money.js';
import type { Worksheet } from './worksheet.js';

/** The order of benefits on one date of service. */
export interface DatedOrder {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly order: CobOrder;
}

/** All that is known about a claim, its chain and its payers. Nothing is fetched, nothing is changed. */
export interface DeriveInput {
  /** Any claim of the chain. */
  readonly claim: Claim;
  /** The other claims known of the chain: before and after it, replaced, derived. */
  readonly claims: readonly Claim[];
  /** Every decision about any of them, reversals and corrections included, in any order. */
  readonly decisions: readonly (ClaimResponse | ExplanationOfBenefit)[];
  /** All coverages of the patient. */
  readonly coverages: readonly Coverage[];
  /**
   * The coverage that a claim goes to as it was when the claim was sent, or made where it was not sent, by the reference of
   * the claim, as far as that is known.
   */
  readonly coveragesThen?: ReadonlyMap<string, Coverage> | undefined;
  /** Patients, related persons, payors, documents, whatever else is referred to. */
  readonly resources: readonly FhirResource[];
  /** `$cob-order` for each date of `orderDates`. */
  readonly orders: readonly DatedOrder[];
  /** The next payer's coverage where somebody has chosen it, e.g. `Coverage/1`. */
  readonly coverage?: string | undefined;
  /** Today for the purpose of deadlines, YYYY-MM-DD. */
  readonly asOf: string;
  /** SHA-256 in hexadecimal. */
  readonly digest: (text: string) => string;
}

/** Why there is no claim, in the order in which one is named when several hold. */
export const REASONS = [
  'primary-pending',
  'primary-reversed',
  'unbalanced',
  'demographics-mismatch',
  'crossed-over',
  'order-undetermined',
  'coverage-inactive',
  'no-next-coverage',
  'nothing-left',
  'already-derived',
  'filing-limit-passed',
  'payer-paper-only',
] as const;
export type Obstacle = (typeof REASONS)[number];

export interface DeriveResult {
  readonly reason: 'derived' | Obstacle;
  /** The new claim (with `payer-paper-only` the content of the form), or with `already-derived` the one that exists. */
  readonly claim?: Claim;
  readonly worksheet?: Worksheet;
  /** Patient responsibility that the last payer left. */
  readonly residual?: Cents;
  readonly deadline?: Deadline;
  /** References of what goes with the claim. */
  readonly attachments: readonly string[];
  /** What stops the derivation (`error`) and what is worth knowing, each with its code. */
  readonly findings: readonly Finding[];
}

/** Whole resources by their relative reference. */
export type ResourceIndex = ReadonlyMap<string, FhirResource>;

export const referenceTo = (resource: FhirResource): string | undefined =>
  resource.id === undefined ? undefined : `${resource.resourceType}/${resource.id}`;

export function indexOf(resources: Iterable<FhirResource>): ResourceIndex {
  const index = new Map<string, FhirResource>();
  for (const resource of resources) {
    const reference = referenceTo(resource);
    if (reference !== undefined) index.set(reference, resource);
  }
  return index;
}

export const payorOf = (coverage: Coverage | undefined, index: ResourceIndex): Organization | undefined => {
  const payor = index.get(coverage?.payor[0]?.reference ?? '');
  return payor?.resourceType === 'Organization' ? payor : undefined;
};
