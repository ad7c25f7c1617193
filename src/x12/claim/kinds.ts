/** The three kinds of 837, and how they differ. */
import type { Claim } from 'fhir/r4.js';

export type ClaimKind = 'professional' | 'institutional' | 'oral';

export interface KindOf837 {
  readonly kind: ClaimKind;
  /** GS08, ST03. */
  readonly version: string;
  /** CLM05-2. */
  readonly facilityQualifier: 'A' | 'B';
  /** The service segment of 2400. */
  readonly service: 'SV1' | 'SV2' | 'SV3';
  /** HI of diagnoses, LX. */
  readonly mostDiagnoses: number;
  readonly mostLines: number;
  /** Whom 2310 (and 2330) may name, in the order of their loops. */
  readonly entities: readonly string[];
}

/** Source: 005010X222A1, 005010X223A2, 005010X224A2. */
export const KINDS: readonly KindOf837[] = [
  { kind: 'professional', version: '005010X222A1', facilityQualifier: 'B', service: 'SV1', mostDiagnoses: 12, mostLines: 50, entities: ['DN', 'P3', '82', '77', 'DQ'] },
  { kind: 'institutional', version: '005010X223A2', facilityQualifier: 'A', service: 'SV2', mostDiagnoses: 41, mostLines: 999, entities: ['71', '72', 'ZZ', '82', '77', 'DN'] },
  { kind: 'oral', version: '005010X224A2', facilityQualifier: 'B', service: 'SV3', mostDiagnoses: 4, mostLines: 50, entities: ['DN', '82', '77', 'DQ', 'DD'] },
];

/** Of a claim by its type; vision is billed as professional. Undefined: no 837 is for it (pharmacy is NCPDP). */
export function kindOfClaim({ type }: Claim): KindOf837 | undefined {
  const code = type.coding?.flatMap((coding) => (coding.code === 'vision' ? 'professional' : (coding.code ?? []))).find((one) => KINDS.some(({ kind }) => kind === one));
  return KINDS.find(({ kind }) => kind === code);
}

/** Of a file by GS08 or ST03 (any addenda, 4010 too); else by the service segment of its lines. */
export function kindOfFile(version: string, services: ReadonlySet<string>): KindOf837 {
  const guide = version.slice(6, 10);
  const byVersion = GUIDES[guide];
  return KINDS.find(({ kind, service }) => (byVersion ? kind === byVersion : services.has(service))) ?? PROFESSIONAL;
}

/** Of 5010, and of 4010 (X096 to X098). */
const GUIDES: Readonly<Record<string, ClaimKind>> = { X222: 'professional', X223: 'institutional', X224: 'oral', X098: 'professional', X096: 'institutional', X097: 'oral' };
const PROFESSIONAL = KINDS[0] as KindOf837;
