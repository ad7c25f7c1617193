/** An 835 (005010X221A1, and 004010X091A1) as values: codes and texts verbatim, amounts in integer cents. */
import type { Cents } from '../../claims/money.js';
import type { Position } from '../position.js';

/** One transaction set: one payment (or the news that there is none) and the claims that it is for. */
export interface Remittance {
  /** ST02. */
  readonly control: string;
  /** GS08. */
  readonly version: string;
  readonly position: Position;
  /** BPR. */
  readonly payment: EraPayment;
  /** TRN: check or EFT number and who gave it. */
  readonly trace: { readonly number: string; readonly originator: string };
  /** CUR02, where stated. */
  readonly currency?: string;
  /** REF*EV. */
  readonly receiver?: string;
  /** DTM*405, YYYY-MM-DD. */
  readonly productionDate?: string;
  /** The day that the functional group was made (GS04), YYYY-MM-DD. */
  readonly groupDate?: string;
  readonly payer: EraParty;
  readonly payee: EraParty;
  readonly claims: readonly EraClaim[];
  /** Segments of the header, of its parties and of the summary that R4 has no element for, verbatim. */
  readonly segments: readonly string[];
  /** PLB: what is added to or kept from the payment without a claim. */
  readonly providerAdjustments: readonly ProviderAdjustment[];
  /** What could be read but is not as it should be. */
  readonly findings: readonly EraFinding[];
}

export interface EraPayment {
  /** BPR01: `I` with the advice, `H` notification only … */
  readonly handling: string;
  /** BPR02; never negative in a correct file. */
  readonly amount: Cents;
  /** BPR03: `C` to the provider, `D` from the provider. */
  readonly creditOrDebit: string;
  /** BPR04: `ACH` `CHK` `NON` … */
  readonly method: string;
  /** BPR10: who originates the payment, usually 1 and a tax id. */
  readonly originator?: string;
  /** BPR16, YYYY-MM-DD; absent where none or no real day is stated. */
  readonly date?: string;
  /** BPR16 as it stands. */
  readonly statedDate: string;
  readonly position: Position;
}

/** 1000A or 1000B. */
export interface EraParty {
  readonly name: string;
  /** N103 and N104. */
  readonly id?: Qualified;
  readonly references: readonly Qualified[];
}

/** A value with its qualifier (REF01/02, N103/04, NM108/09). */
export interface Qualified {
  readonly qualifier: string;
  readonly value: string;
}

/** 2100. */
export interface EraClaim {
  readonly position: Position;
  /** CLP01; `0` where the payer does not know it. */
  readonly providerClaimNumber: string;
  /** CLP02. */
  readonly status: string;
  /** CLP03, CLP04. */
  readonly charge: Cents;
  readonly paid: Cents;
  /** CLP05; not used on reversals. */
  readonly patientResponsibility?: Cents;
  /** CLP06. */
  readonly filingIndicator?: string;
  /** CLP07: the payer's own number (ICN). */
  readonly payerClaimNumber?: string;
  /** CLP08, CLP09, CLP11. */
  readonly facilityType?: string;
  readonly frequency?: string;
  readonly drg?: string;
  readonly adjustments: readonly EraAdjustment[];
  /** NM1 of the loop, the first of each entity. */
  readonly names: readonly EraName[];
  /** MIA: inpatient. */
  readonly inpatient?: Adjudicated;
  /** MOA: outpatient. */
  readonly outpatient?: Adjudicated;
  readonly references: readonly Qualified[];
  readonly dates: readonly EraDate[];
  readonly amounts: readonly EraAmount[];
  readonly quantities: readonly EraQuantity[];
  readonly lines: readonly EraLine[];
  /** Segments of the loop that R4 has no element for, verbatim; CLP among them. */
  readonly segments: readonly string[];
}

/** 2110. */
export interface EraLine {
  readonly position: Position;
  /** SVC01: the service as adjudicated. */
  readonly service: EraService;
  /** SVC06: the service as submitted, where it was another. */
  readonly submitted?: EraService;
  /** SVC02, SVC03. */
  readonly charge: Cents;
  readonly paid: Cents;
  /** SVC04. */
  readonly revenue?: string;
  /** SVC05, SVC07, as decimal text; a 0 is stamped where a payer reports none. */
  readonly paidUnits?: string;
  readonly submittedUnits?: string;
  readonly adjustments: readonly EraAdjustment[];
  readonly references: readonly Qualified[];
  readonly dates: readonly EraDate[];
  readonly amounts: readonly EraAmount[];
  readonly quantities: readonly EraQuantity[];
  /** LQ: `HE` RARC, `RX` NCPDP. */
  readonly remarks: readonly Qualified[];
  /** Segments of the loop that R4 has no element for, verbatim; SVC where it says more than a ClaimResponse can. */
  readonly segments: readonly string[];
}

/** SVC01 or SVC06: `HC:99213:25`. */
export interface EraService {
  /** X12 235: `HC` CPT/HCPCS, `AD` CDT, `N4` NDC, `NU` revenue code, `HP` HIPPS … */
  readonly qualifier: string;
  readonly code: string;
  readonly modifiers: readonly string[];
}

/** One CAS trio. */
export interface EraAdjustment {
  /** CAS01, verbatim: CO OA PI PR, CR in 4010. */
  readonly group: string;
  /** CARC, verbatim. */
  readonly reason: string;
  readonly amount: Cents;
  /** As decimal text. */
  readonly quantity?: string;
}

export interface EraName {
  /** NM101: QC patient, IL subscriber, 74 corrected insured, 82 rendering, TT crossover carrier, PR priority payer, GB other subscriber. */
  readonly entity: string;
  /** NM102: 1 person, 2 not a person. */
  readonly kind: string;
  /** NM103. */
  readonly last: string;
  readonly first?: string;
  readonly middle?: string;
  readonly id?: Qualified;
  readonly position: Position;
}

/** Whom the claim names in that part (NM101). */
export const nameOf = ({ names }: Pick<EraClaim, 'names'>, entity: string): EraName | undefined => names.find((name) => name.entity === entity);

/** MIA or MOA. */
export interface Adjudicated {
  /** Its elements by number: `elements[3]` is MOA03; '' where one is empty. */
  readonly elements: readonly string[];
  /** MIA05 and MIA20–23, or MOA03–07. */
  readonly remarks: readonly string[];
  readonly position: Position;
}

/** DTM01 and DTM02; only real days. */
export interface EraDate {
  readonly qualifier: string;
  /** YYYY-MM-DD. */
  readonly date: string;
}

export interface EraAmount {
  /** AMT01. */
  readonly qualifier: string;
  readonly amount: Cents;
}

export interface EraQuantity {
  /** QTY01. */
  readonly qualifier: string;
  /** As decimal text. */
  readonly quantity: string;
}

/** One pair of a PLB. A positive amount reduces the payment, a negative one increases it. */
export interface ProviderAdjustment {
  /** PLB01. */
  readonly provider: string;
  /** PLB02, YYYY-MM-DD, where it is a real day. */
  readonly fiscalDate?: string;
  /** PLB03-1 … */
  readonly reason: string;
  /** PLB03-2 … */
  readonly reference?: string;
  readonly amount: Cents;
  readonly position: Position;
}

export interface EraFinding {
  readonly code: string;
  readonly severity: 'warning' | 'information';
  readonly position: Position;
  readonly text: string;
}
