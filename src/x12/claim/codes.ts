/** Codes of the 837 and where FHIR has them. Each table is read in both directions: what one writes, the other reads back. */

/** A code of the 837 and the codes of FHIR that mean it; the first is the one that is read back. */
export type CodeTable = readonly (readonly [x12: string, ...fhir: readonly [string, ...string[]]])[];

export const toX12 = (table: CodeTable, fhir: string | undefined): string | undefined => table.find(([, ...codes]) => codes.includes(fhir ?? ''))?.[0];
export const toFhir = (table: CodeTable, x12: string): string | undefined => table.find(([code]) => code === x12)?.[1];

/** Systems of X12 data elements, by the number of the element. */
export const x12System = (element: number): string => `https://codesystem.x12.org/005010/${element}`;

export const SYSTEMS = {
  /** Data element 1032: SBR09. */
  filingIndicator: x12System(1032),
  /** Data element 1069: SBR02, PAT01. */
  relationship: x12System(1069),
  /** Data element 1359: CLM07. */
  assignment: x12System(1359),
  /** Data element 1363: CLM09, OI06. */
  release: x12System(1363),
  /** Data element 1073: CLM08. */
  benefits: x12System(1073),
  /** Data element 1351: CLM10. */
  signature: x12System(1351),
  /** Data elements 755 and 756: PWK01 and PWK02. */
  reportType: x12System(755),
  reportTransmission: x12System(756),
  subscriberRelationship: 'http://terminology.hl7.org/CodeSystem/subscriber-relationship',
  coverageClass: 'http://terminology.hl7.org/CodeSystem/coverage-class',
  claimType: 'http://terminology.hl7.org/CodeSystem/claim-type',
  careTeamRole: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimCareTeamRole',
  diagnosisType: 'http://terminology.hl7.org/CodeSystem/ex-diagnosistype',
  c4bbDiagnosisType: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimDiagnosisType',
  procedureType: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimProcedureType',
  supportingInfo: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType',
  information: 'http://terminology.hl7.org/CodeSystem/claiminformationcategory',
  relatedClaim: 'http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship',
  payeeType: 'http://terminology.hl7.org/CodeSystem/payeetype',
  processPriority: 'http://terminology.hl7.org/CodeSystem/processpriority',
  organizationType: 'http://terminology.hl7.org/CodeSystem/organization-type',
  actCode: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  nubc: 'https://www.nubc.org/CodeSystem/',
  typeOfBill: 'https://www.nubc.org/CodeSystem/TypeOfBill',
  revenue: 'https://www.nubc.org/CodeSystem/RevenueCodes',
  placeOfService: 'https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set',
  modifier: 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets',
  icd10cm: 'http://hl7.org/fhir/sid/icd-10-cm',
  icd9cm: 'http://hl7.org/fhir/sid/icd-9-cm',
  icd10pcs: 'http://www.cms.gov/Medicare/Coding/ICD10',
  npi: 'http://hl7.org/fhir/sid/us-npi',
  employerId: 'urn:oid:2.16.840.1.113883.4.4',
  ssn: 'http://hl7.org/fhir/sid/us-ssn',
  taxonomy: 'http://nucc.org/provider-taxonomy',
  tooth: 'http://terminology.hl7.org/CodeSystem/ADAUniversalToothDesignationSystem',
  oralArea: 'http://terminology.hl7.org/CodeSystem/ADAAreaOralCavitySystem',
  toothSurface: 'http://terminology.hl7.org/CodeSystem/FDI-surface',
  units: 'http://unitsofmeasure.org',
} as const;

/** `Claim.patientPaid` of R5, as R4 has it (FHIR R5 §2.1.27.1). */
export const PATIENT_PAID = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-Claim.patientPaid';

/** SBR02, PAT01 (X12 1069) ↔ subscriber-relationship. */
export const RELATIONSHIPS: CodeTable = [['18', 'self'], ['01', 'spouse'], ['19', 'child'], ['53', 'common'], ['G8', 'other', 'parent'], ['21', 'unknown'], ['41', 'injured']];

/** DMG03 ↔ administrative-gender. */
export const GENDERS: CodeTable = [['M', 'male'], ['F', 'female'], ['U', 'unknown', 'other']];

/** REF01 of providers and payers ↔ identifier type (v2-0203). G2 is a number that one payer gave: see `assigner`. */
export const PROVIDER_NUMBERS: CodeTable = [['EI', 'TAX', 'EN'], ['SY', 'SS'], ['0B', 'LN'], ['1G', 'UPIN'], ['G2', 'PRN'], ['LU', 'FI']];

/** PER03, PER05, PER07 ↔ ContactPoint.system. */
export const CONTACTS: CodeTable = [['TE', 'phone'], ['FX', 'fax'], ['EM', 'email']];

/** CLM11 (X12 1362) ↔ Claim.accident.type (v3-ActIncidentCode). */
export const ACCIDENTS: CodeTable = [['AA', 'MVA', 'AA'], ['EM', 'WPA', 'EM'], ['OA', 'SPT', 'SCHOOL', 'OA']];

/** SBR09 (X12 1032) where Coverage.type has none, by extension payer-kind. Source: domain/x12-mapping.md A2, 42 CFR 411.20 for Medicare’s parts. */
export const FILING_INDICATORS: CodeTable = [
  ['CI', 'group-health', 'individual', 'medigap', 'non-coordinating'], ['MB', 'medicare'], ['16', 'medicare-advantage'], ['MC', 'medicaid'],
  ['CH', 'tricare', 'champva'], ['VA', 'va'], ['OF', 'ihs', 'ryan-white'], ['WC', 'workers-comp'], ['AM', 'no-fault'], ['LM', 'liability'], ['FI', 'black-lung'], ['ZZ', 'state-program'],
];

/** SV104, SV205, CTP05 (X12 355) ↔ UCUM. Units of service have no unit. */
export const UNITS: CodeTable = [['MJ', 'min'], ['DA', 'd'], ['ML', 'mL'], ['ME', 'mg'], ['GR', 'g'], ['F2', '[iU]']];

/** HI of 837I: what NUBC codes, by the last part of its system (https://www.nubc.org/CodeSystem/…). */
export const NUBC_CODES: readonly { readonly qualifier: string; readonly name: string; readonly with: 'nothing' | 'date' | 'period' | 'amount' }[] = [
  { qualifier: 'BI', name: 'OccurrenceSpanCodes', with: 'period' },
  { qualifier: 'BH', name: 'OccurrenceCodes', with: 'date' },
  { qualifier: 'BE', name: 'ValueCodes', with: 'amount' },
  { qualifier: 'BG', name: 'ConditionCodes', with: 'nothing' },
];

/** CL101 to CL103 ↔ category of supportingInfo and NUBC system. */
export const ADMISSION_CODES = [
  { category: 'admtype', name: 'PriorityTypeOfAdmitOrVisit' },
  { category: 'pointoforigin', name: 'PointOfOrigin' },
  { category: 'discharge-status', name: 'PatDischargeStatus' },
] as const;

/** HI01-1 by what a diagnosis is for; the ICD-10 qualifier and that of ICD-9. Source: X223A2 2300 HI, X222A1 2300 HI. */
export const DIAGNOSES: readonly { readonly type: string; readonly icd10: string; readonly icd9: string }[] = [
  { type: 'principal', icd10: 'ABK', icd9: 'BK' },
  { type: 'admitting', icd10: 'ABJ', icd9: 'BJ' },
  { type: 'patientreasonforvisit', icd10: 'APR', icd9: 'PR' },
  { type: 'externalcauseofinjury', icd10: 'ABN', icd9: 'BN' },
  { type: 'other', icd10: 'ABF', icd9: 'BF' },
];

/** HI*BBR: the principal procedure, and the others. */
export const PROCEDURES = [{ type: 'principal', icd10: 'BBR', icd9: 'BR' }, { type: 'other', icd10: 'BBQ', icd9: 'BQ' }] as const;

/** SV109 `Y`: `Claim.item.programCode`. */
export const EMERGENCY = { system: SYSTEMS.actCode, code: 'EMER' };

/** Whom a line or a claim names beside the billing provider: NM101 ↔ careTeam.role. `service` is the facility (Claim.facility). */
export const CARE_TEAM: CodeTable = [
  ['DN', 'referring'], ['P3', 'pcp'], ['82', 'rendering', 'performing', 'primary'], ['DQ', 'supervising', 'supervisor'], ['71', 'attending'], ['72', 'operating'], ['ZZ', 'otheroperating'],
  ['DD', 'assist', 'assistant'], ['DK', 'prescribing'],
];
export const FACILITY = '77';
/** PRV01 of those that have a PRV segment. */
export const PROVIDER_ROLES: Readonly<Record<string, string>> = { 82: 'PE', 71: 'AT', DN: 'RF' };

/** CLM05-3 where nothing is stated: an original claim. */
export const ORIGINAL = '1';

/** Value codes of 837I that say what the payer before Medicare paid are the MSP types (SBR05) of 837P; 16 for public health. Source: NUBC FL 39–41, CMS Pub. 100-05 ch. 3. */
export const MSP_VALUE_CODES: ReadonlySet<string> = new Set(['12', '13', '14', '15', '16', '41', '42', '43', '47']);

