import type { Claim, DocumentReference, FhirResource } from 'fhir/r4.js';
import { CANONICAL } from '../canonical.js';
import { focalCoverageOf } from '../derive/chain.js';
import { referenceTo } from '../derive/input.js';
import { relative } from '../read-header.js';

const EXCHANGED = `${CANONICAL}/CodeSystem/exchanged-document`;

/** What shows that a payer had a claim, the stronger first: its own words, then our record of what was sent. */
const STRENGTH = ['payer-answer', 'submission'] as const;
type Strength = (typeof STRENGTH)[number];

interface Piece {
  readonly reference: string;
  readonly strength: Strength;
  /** YYYY-MM-DD. */
  readonly date: string;
}

/**
 * References of what proves that the payer of `coverage` had the claim by `due`: its answers to it, and what was sent and
 * received word for word (DocumentReference of CodeSystem/exchanged-document). A claim that was replaced proves it for
 * its replacement. The stronger first, then the earlier.
 */
export function proofOfFiling(coverage: string, due: string, chain: readonly Claim[], resources: readonly FhirResource[]): string[] {
  const claims = new Set(chain.filter((claim) => focalCoverageOf(claim) === coverage).flatMap((claim) => referenceTo(claim) ?? []));
  const pieces = resources.flatMap((resource) => pieceOf(resource, claims) ?? []).filter(({ date }) => date !== '' && date <= due);
  const inOrder = pieces.sort((a, b) => STRENGTH.indexOf(a.strength) - STRENGTH.indexOf(b.strength) || (keyOf(a) < keyOf(b) ? -1 : 1));
  return [...new Set(inOrder.map(({ reference }) => reference))];
}

const keyOf = ({ date, reference }: Piece): string => `${date} ${reference}`;

function pieceOf(resource: FhirResource, claims: ReadonlySet<string>): Piece | undefined {
  const reference = referenceTo(resource);
  const isAbout = (target: string | undefined): boolean => claims.has(relative(target) ?? '');
  if (reference === undefined) return undefined;
  switch (resource.resourceType) {
    case 'ClaimResponse':
      return isAbout(resource.request?.reference) && resource.status === 'active' ? { reference, strength: 'payer-answer', date: resource.created.slice(0, 10) } : undefined;
    case 'ExplanationOfBenefit':
      return isAbout(resource.claim?.reference) && resource.status === 'active' ? { reference, strength: 'payer-answer', date: resource.created.slice(0, 10) } : undefined;
    case 'DocumentReference': {
      const strength = strengthOf(resource);
      const isOfClaim = resource.context?.related?.some((related) => isAbout(related.reference)) ?? false;
      return strength && isOfClaim && resource.status === 'current' ? { reference, strength, date: resource.date?.slice(0, 10) ?? '' } : undefined;
    }
    default:
      return undefined;
  }
}

const strengthOf = ({ type }: DocumentReference): Strength | undefined =>
  STRENGTH.find((strength) => type?.coding?.some(({ system, code }) => system === EXCHANGED && code === strength));
