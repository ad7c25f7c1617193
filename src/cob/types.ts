import type { Coverage, Organization, Patient, RelatedPerson } from 'fhir/r4.js';
import type { RuleId } from './rules.js';

/** Codes of `CodeSystem/payer-kind`. */
export type PayerKind =
  | 'group-health' | 'individual'
  | 'medicare' | 'medicare-advantage' | 'medigap'
  | 'medicaid' | 'tricare' | 'champva' | 'va' | 'ihs'
  | 'workers-comp' | 'no-fault' | 'liability' | 'black-lung'
  | 'ryan-white' | 'state-program'
  | 'non-coordinating';

/** How the subscriber holds a plan: extension `employment`, part `basis`. */
export type EmploymentBasis = 'active' | 'retired' | 'laid-off' | 'cobra' | 'active-duty' | 'none';

export type RelatedCause = 'none' | 'employment' | 'auto' | 'other-accident' | 'unknown';

/** An order that somebody states; compared with the answer, never the answer itself. */
export interface StatedOrder {
  /** Reference, e.g. `Coverage/x`. */
  readonly coverage: string;
  /** Lower goes first; gaps mean nothing. */
  readonly stated: number;
  /** Where it stands, e.g. `Account.coverage.priority`. */
  readonly source: string;
}

/** What differs from state to state or from plan to plan, and no resource says. */
export interface CobSettings {
  /** N2h, a dependent child who is also on the own spouse's plan: the longer coverage first (NAIC 2013, default), or the spouse's plan first (older state texts). */
  readonly marriedChild?: 'longer-coverage' | 'spouse-first';
  /** P12, individual policies: they coordinate like group plans (NAIC since 2005, default), or only group plans must, and an individual policy stays out of the order. */
  readonly individualPolicies?: 'coordinate' | 'stay-out';
}

export interface CobInput {
  /** All coverages of one patient, in any order, each with an id of its own. */
  readonly coverages: readonly Coverage[];
  /** The beneficiary. */
  readonly patient?: Patient | undefined;
  readonly relatedPersons: readonly RelatedPerson[];
  /** Payor organizations; only their extension `cob-rules` is read. */
  readonly organizations: readonly Organization[];
  /** Subscribers known as Patients of their own (a parent who is a patient too). */
  readonly subscribers?: readonly Patient[];
  /** Date of service, YYYY-MM-DD. */
  readonly date: string;
  /** Code of extension `benefit-type`. */
  readonly benefitType: string;
  readonly relatedCause: RelatedCause;
  /** Did the VA authorise the service? Undefined: not known. */
  readonly vaAuthorized?: boolean | undefined;
  /** Coverages whose payers have decided about the service, e.g. `Coverage/x`: who comes after them does not rest on whether their source still has them. */
  readonly decided?: ReadonlySet<string> | undefined;
  /** Orders stated elsewhere than in `Coverage.order`, which is always compared. */
  readonly statedOrders?: readonly StatedOrder[];
  readonly settings?: CobSettings;
}

export interface RankedCoverage {
  /** 1 is primary. With equal sharing (N6) the positions of the equal plans are by reference only. */
  readonly order: number;
  /** Reference, e.g. `Coverage/x`. */
  readonly coverage: string;
  readonly payerKind: PayerKind;
  /** The rule that put it behind the row before; `FIRST` for the first. */
  readonly rule: RuleId | 'FIRST';
  readonly reason: string;
  readonly citation: string;
}

/**
 * `inactive`: not in force on the date · `cancelled`: cancelled or entered in error · `benefit-type`: does not cover this
 * kind of service · `not-a-plan`: not coverage that is coordinated · `not-authorized`: may not be billed for this service
 * (the VA did not authorise it, or another payer is the only one) · `not-related`: an event payer of another event.
 */
export type ExclusionCode = 'inactive' | 'cancelled' | 'benefit-type' | 'not-a-plan' | 'not-authorized' | 'not-related';

export interface ExcludedCoverage {
  readonly coverage: string;
  readonly code: ExclusionCode;
  readonly reason: string;
}

/** A fact that is not stated and would change the order. */
export interface MissingFact {
  readonly coverage: string;
  /** FHIRPath, beginning with the type of the resource that lacks the fact. */
  readonly expression: string;
  readonly question: string;
  readonly rule: RuleId;
}

export interface OrderConflict {
  readonly coverage: string;
  readonly stated: number;
  readonly source: string;
  readonly computed: number;
}

/** One step of the reasoning, for a biller to read. */
export interface TraceStep {
  readonly rule: RuleId;
  readonly result: string;
  readonly detail: string;
}

export interface CobOrder {
  readonly status: 'determined' | 'needs-human';
  /** With `needs-human`: the rows that are certain whatever the missing facts are, from the first on. */
  readonly ranked: readonly RankedCoverage[];
  readonly excluded: readonly ExcludedCoverage[];
  readonly missing: readonly MissingFact[];
  readonly conflict: readonly OrderConflict[];
  readonly trace: readonly TraceStep[];
  readonly equalSharing: boolean;
}
