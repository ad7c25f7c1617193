/** Code systems and codes of an adjudication, as read and as written (`ClaimResponse`, `ExplanationOfBenefit`, CARIN BB). */
import type { CodeableConcept, Coding } from 'fhir/r4.js';
import { structureDefinition } from './canonical.js';
import type { AdjustmentGroup, StatedAmounts } from './model.js';

export const SYSTEM = {
  adjudication: 'http://terminology.hl7.org/CodeSystem/adjudication',
  c4bbAdjudication: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication',
  c4bbDiscriminator: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudicationDiscriminator',
  c4bbIdentifierType: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType',
  blueButtonVariables: 'https://bluebutton.cms.gov/resources/codesystem/adjudication',
  identifierType: 'http://terminology.hl7.org/CodeSystem/v2-0203',
  group: 'https://x12.org/codes/claim-adjustment-group-codes',
  carc: 'https://x12.org/codes/claim-adjustment-reason-codes',
  rarc: 'https://x12.org/codes/remittance-advice-remark-codes',
  /** X12 data element 522, amount qualifier (AMT01). */
  amountQualifier: 'https://codesystem.x12.org/005010/522',
  paymentType: 'http://terminology.hl7.org/CodeSystem/ex-paymenttype',
  /** X12 data element 426, provider adjustment (PLB03-1). */
  providerAdjustment: 'https://codesystem.x12.org/005010/426',
} as const;

export const EXTENSION = {
  eraClaimStatus: structureDefinition('era-claim-status'),
  crossoverCarrier: structureDefinition('crossover-carrier'),
  adjustmentQuantity: structureDefinition('adjustment-quantity'),
  adjudicatedService: structureDefinition('adjudicated-service'),
  outpatientAdjudication: structureDefinition('outpatient-adjudication'),
  inpatientAdjudication: structureDefinition('inpatient-adjudication'),
  dataAbsentReason: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
} as const;

export const ADJUSTMENT_REASON = 'adjustmentreason';
export const COVERED_PERCENT = 'eligpercent';
/** AMT01 `I`. */
export const INTEREST = 'I';

/** What an amount row states. `benefit` is kept apart from `paid` until it is known whether both stand there. */
export type StatedField = keyof StatedAmounts | 'benefit';

/** Systems whose category codes are in `STATED_BY_CATEGORY`; a coding without a system counts as one of them. */
export const CATEGORY_SYSTEMS: ReadonlySet<string> = new Set([SYSTEM.adjudication, SYSTEM.c4bbAdjudication, SYSTEM.blueButtonVariables]);

const BLUE_BUTTON = 'https://bluebutton.cms.gov/resources/variables';

/** Category code → what it states. Sources: R4 adjudication value codes, C4BBAdjudication, Blue Button 1 (as Synthea writes). */
export const STATED_BY_CATEGORY: ReadonlyMap<string, StatedField> = new Map<string, StatedField>([
  ['submitted', 'charge'],
  ['eligible', 'allowed'],
  ['allowed', 'allowed'],
  ['benefit', 'benefit'],
  ['paidtoprovider', 'paid'],
  ['paidtopatient', 'paidToPatient'],
  ['deductible', 'deductible'],
  ['coinsurance', 'coinsurance'],
  ['copay', 'copay'],
  ['memberliability', 'memberLiability'],
  ['noncovered', 'noncovered'],
  ['priorpayerpaid', 'priorPayerPaid'],
  ['paidbypatient', 'patientPaid'],
  ['discount', 'discount'],
  [`${BLUE_BUTTON}/line_sbmtd_chrg_amt`, 'charge'],
  [`${BLUE_BUTTON}/line_alowd_chrg_amt`, 'allowed'],
  [`${BLUE_BUTTON}/line_prvdr_pmt_amt`, 'paid'],
  [`${BLUE_BUTTON}/line_coinsrnc_amt`, 'coinsurance'],
  [`${BLUE_BUTTON}/line_bene_ptb_ddctbl_amt`, 'deductible'],
]);

/** C4BB `priorpayerpaid` has one row per other payer: its rows are summed. Any other category stands once. */
export const SUMMED: ReadonlySet<StatedField> = new Set<StatedField>(['priorPayerPaid']);

const GROUPS: ReadonlySet<string> = new Set<AdjustmentGroup>(['CO', 'PR', 'OA', 'PI', 'CR']);
export const isGroup = (code: string | undefined): code is AdjustmentGroup => code !== undefined && GROUPS.has(code);

/** How a stated amount is written, in this order; `paid` differs between ClaimResponse and ExplanationOfBenefit. */
export const WRITTEN_CATEGORIES: readonly (readonly [keyof StatedAmounts, Coding])[] = [
  ['charge', { system: SYSTEM.adjudication, code: 'submitted' }],
  ['allowed', { system: SYSTEM.adjudication, code: 'eligible' }],
  ['discount', { system: SYSTEM.c4bbAdjudication, code: 'discount' }],
  ['noncovered', { system: SYSTEM.c4bbAdjudication, code: 'noncovered' }],
  ['deductible', { system: SYSTEM.adjudication, code: 'deductible' }],
  ['coinsurance', { system: SYSTEM.c4bbAdjudication, code: 'coinsurance' }],
  ['copay', { system: SYSTEM.adjudication, code: 'copay' }],
  ['memberLiability', { system: SYSTEM.c4bbAdjudication, code: 'memberliability' }],
  ['priorPayerPaid', { system: SYSTEM.c4bbAdjudication, code: 'priorpayerpaid' }],
  ['patientPaid', { system: SYSTEM.c4bbAdjudication, code: 'paidbypatient' }],
  ['paidToPatient', { system: SYSTEM.c4bbAdjudication, code: 'paidtopatient' }],
];
export const PAID_CATEGORY: Readonly<Record<'ClaimResponse' | 'ExplanationOfBenefit', Coding>> = {
  ClaimResponse: { system: SYSTEM.adjudication, code: 'benefit' },
  ExplanationOfBenefit: { system: SYSTEM.c4bbAdjudication, code: 'paidtoprovider' },
};

export const concept = (...coding: Coding[]): CodeableConcept => ({ coding });
