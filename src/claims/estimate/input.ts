import { add, max, min, share, subtract, ZERO, type Cents } from '../money.js';

/** How a plan coordinates (`cob-rules.method` on Coverage; domain/cob-rules.md §2). */
export type EstimateMethod =
  | 'standard'
  | 'non-duplication'
  | 'maintenance-of-benefits'
  | 'supplement'
  | 'medicare-secondary'
  | 'medicaid-lesser-of'
  | 'medicaid-fee-minus-tpl'
  | 'medicaid-full-cost-share'
  | 'tricare';

/** What `$estimate-benefit` is told. Amounts are not negative; `rate` lies between 0 and 1. */
export interface EstimateInput {
  readonly method: EstimateMethod;
  readonly charge?: Cents;
  /** What the provider must accept as full payment by contract with the earlier payer (OTAF), where less than the charge. */
  readonly obligatedToAccept?: Cents;
  readonly priorAllowed?: Cents;
  /** All earlier payments together. */
  readonly priorPaid?: Cents;
  /** What the last earlier payer left to the patient. */
  readonly priorPatientResponsibility?: Cents;
  /** This payer's own fee for the services. */
  readonly ownAllowed?: Cents;
  readonly deductibleRemaining?: Cents;
  readonly maximumRemaining?: Cents;
  /** Medicare's gross form: its coinsurance. Medicaid: its own copay. */
  readonly coinsurance?: Cents;
  /** Medicare, services that are not paid by fee schedule: the gross amount (42 CFR 411.33(e)). */
  readonly grossBenefit?: Cents;
  /** Share that this payer covers, e.g. 0.8. */
  readonly rate?: number;
  /** Which of the contracted fees the provider may collect up to; by default `lowest`, for a provider outside the network `highest`. */
  readonly balanceBasis?: 'lowest' | 'highest';
  readonly providerStatus?: 'participating' | 'non-participating';
  /** A Qualified Medicare Beneficiary owes no cost share (42 USC 1396a(n)(3)). */
  readonly qmb?: boolean;
}

export type EstimateFact = Exclude<keyof EstimateInput, 'method' | 'balanceBasis' | 'qmb'>;

/** An input in which the named facts are known to be stated. */
export type Stated<Facts extends EstimateFact> = EstimateInput & { readonly [Fact in Facts]-?: NonNullable<EstimateInput[Fact]> };

/** Facts that every method needs: without them nobody can say what is left of the charge. */
export type Basis = Stated<'charge' | 'priorPaid'>;

/** `a − b`, at least 0. */
export const excess = (a: Cents, b: Cents): Cents => max(ZERO, subtract(a, b));

/** C: the charge, or what the provider is obligated to accept where that is less. */
export const collectible = ({ charge, obligatedToAccept }: Basis): Cents =>
  obligatedToAccept === undefined ? charge : min(charge, obligatedToAccept);

/** What the earlier payer allowed; where it is not stated, what it paid and left to the patient. */
export const priorAllowedOf = ({ priorAllowed, priorPaid, priorPatientResponsibility }: Basis): Cents =>
  priorAllowed ?? add(priorPaid, priorPatientResponsibility ?? ZERO);

/** AE: the highest of the fees that the plans have agreed (NAIC MDL-120 §3). */
export const allowableExpense = (input: Basis): Cents => max(priorAllowedOf(input), input.ownAllowed ?? ZERO);

/** N: what this plan would pay alone, its deductible, rate and maximum applied. */
export const benefitAlone = (input: Stated<'ownAllowed' | 'deductibleRemaining' | 'rate'>): Cents =>
  withinMaximum(share(excess(input.ownAllowed, input.deductibleRemaining), input.rate), input);

export const withinMaximum = (amount: Cents, { maximumRemaining }: EstimateInput): Cents =>
  maximumRemaining === undefined ? amount : min(amount, maximumRemaining);
