import type { Claim, ClaimInsurance, ClaimRelated, ClaimResponse, Coverage, Extension, Identifier, Reference } from 'fhir/r4.js';
import { structureDefinition } from '../canonical.js';
import { relative } from '../read-header.js';
import { referenceTo } from './input.js';
import type { MspType } from './msp-type.js';

/** One row of the new claim. */
export interface InsuranceRow {
  /** E.g. `Coverage/1`. */
  readonly coverage: string;
  /** Of an earlier payer: reference to its decision, or the decision itself, which the claim then contains. */
  readonly decision?: string | ClaimResponse;
  readonly mspType?: MspType | undefined;
}

export interface NextClaimParts {
  /** The claim to the payer before: its services and charges go on unchanged. */
  readonly before: Claim;
  readonly id: string;
  readonly identifier: Identifier;
  /** In order; the payers before `focal` with their decisions. */
  readonly rows: readonly InsuranceRow[];
  /** Position of the focal row, from 0. */
  readonly focal: number;
  readonly coverage: Coverage | undefined;
  /** References of the decisions that it carries. */
  readonly decisions: readonly string[];
  /** What the claim remembers of the net adjudications that it comes from: see `netHash`. */
  readonly netHash: string;
  readonly created: string;
}

const ORIGINAL = '1';
const CLAIM_FREQUENCY = structureDefinition('claim-frequency');
const DERIVED_FROM = structureDefinition('derived-from');
const MSP_INSURANCE_TYPE = structureDefinition('msp-insurance-type');
/** Extensions that say something about one claim, not about its services. */
const OF_ONE_CLAIM: ReadonlySet<string> = new Set([CLAIM_FREQUENCY, DERIVED_FROM, structureDefinition('stale')]);

/**
 * The draft claim to the next payer (R4 Claim; X12 837 loops 2000B, 2320, 2430): the items of the claim before are the
 * same objects, the insurance rows are numbered from 1 with one focal row, and every earlier payer's row names its decision.
 */
export function nextClaim(parts: NextClaimParts): Claim {
  const { before, coverage } = parts;
  const contained = containedOf(parts);
  return {
    ...without(before, 'meta', 'implicitRules', 'text', 'contained', 'insurer'),
    id: parts.id,
    meta: { profile: [structureDefinition('cobalt-secondary-claim')] },
    ...(contained.length > 0 ? { contained } : {}),
    extension: extensionsOf(parts),
    identifier: [parts.identifier],
    status: 'draft',
    created: parts.created,
    ...(coverage?.payor[0] ? { insurer: coverage.payor[0] } : {}),
    related: relatedOf(before),
    insurance: parts.rows.map((row, position) => insuranceOf(row, position, parts)),
  };
}

/** The hash of the net adjudication that a claim was derived from; none where a human made it. */
export const netHashOf = (claim: Claim): string | undefined =>
  claim.extension?.find(({ url }) => url === DERIVED_FROM)?.extension?.find(({ url }) => url === 'hash')?.valueString;

const without = <T extends object, K extends keyof T>(object: T, ...keys: readonly K[]): Omit<T, K> =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;

const extensionsOf = ({ before, decisions, netHash }: NextClaimParts): Extension[] => [
  ...(before.extension ?? []).filter(({ url }) => !OF_ONE_CLAIM.has(url)),
  { url: CLAIM_FREQUENCY, valueCode: ORIGINAL },
  {
    url: DERIVED_FROM,
    extension: [...decisions.map((reference) => ({ url: 'adjudication', valueReference: { reference } })), { url: 'hash', valueString: netHash }],
  },
];

/** The claim's own contained resources, and the decisions that no reference can name; decisions of an earlier derivation are made anew. */
const containedOf = ({ before, rows }: NextClaimParts) => [
  ...(before.contained ?? []).filter(({ resourceType }) => resourceType !== 'ClaimResponse'),
  ...rows.flatMap(({ decision }) => (typeof decision === 'object' ? [decision] : [])),
];

function relatedOf(before: Claim): ClaimRelated[] {
  const reference = referenceTo(before);
  const claim: Reference = reference === undefined ? { ...(before.identifier?.[0] ? { identifier: before.identifier[0] } : {}) } : { reference };
  return [{ claim, relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship', code: 'associated' }] } }];
}

/** What the claim before says of the same coverage stays (authorisations, the payer's own claim number). */
function insuranceOf(row: InsuranceRow, position: number, { before, focal }: NextClaimParts): ClaimInsurance {
  const earlier = before.insurance.find(({ coverage }) => relative(coverage.reference) === row.coverage);
  const extensions = [
    ...(earlier?.extension ?? []).filter(({ url }) => url !== MSP_INSURANCE_TYPE),
    ...(row.mspType ? [{ url: MSP_INSURANCE_TYPE, valueCode: row.mspType }] : []),
  ];
  return {
    ...(earlier ? without(earlier, 'claimResponse', 'extension') : { coverage: { reference: row.coverage } }),
    ...(extensions.length > 0 ? { extension: extensions } : {}),
    sequence: position + 1,
    focal: position === focal,
    ...(position < focal && row.decision ? { claimResponse: decisionReference(row.decision) } : {}),
  };
}

const decisionReference = (decision: string | ClaimResponse): Reference => ({ reference: typeof decision === 'string' ? decision : `#${decision.id ?? ''}` });
