import type { Claim } from 'fhir/r4.js';
import { relative } from '../read-header.js';
import { referenceTo } from './input.js';

/**
 * The claims for the same services: to the first payer, to each later one (`related` `associated` to the claim before),
 * and their replacements (`related` `prior`).
 */
export interface Chain {
  /** All of them, replaced and cancelled ones too: decisions may still refer to them. */
  readonly all: readonly Claim[];
  /** Those that stand: neither cancelled, entered in error nor replaced; by the sequence of their focal rows. */
  readonly standing: readonly Claim[];
}

/** The chain of `claim` among the claims that are known. A claim without an id is linked from nowhere. */
export function chainOf(claim: Claim, known: readonly Claim[]): Chain {
  const others = known.filter((other) => other !== claim && (other.id === undefined || other.id !== claim.id));
  const all = [claim];
  for (const member of all) {
    for (const other of others) if (!all.includes(other) && (follows(other, member) || follows(member, other))) all.push(other);
  }
  const live = all.filter(isLive);
  const standing = live.filter((member) => !live.some((other) => follows(other, member, 'prior')));
  return { all, standing: standing.sort((a, b) => focalSequence(a) - focalSequence(b)) };
}

/** True when `later` names `earlier` in `related`, whatever the relationship unless one is given. */
export function follows(later: Claim, earlier: Claim, relationship?: 'associated' | 'prior'): boolean {
  const target = referenceTo(earlier);
  if (target === undefined || !later.related) return false;
  return later.related.some((related) =>
    relative(related.claim?.reference) === target
    && (relationship === undefined || (related.relationship?.coding?.some(({ code }) => code === relationship) ?? false)));
}

/** The coverage that a claim goes to, e.g. `Coverage/1`. */
export const focalCoverageOf = (claim: Claim): string | undefined => relative(focalRow(claim)?.coverage.reference);

export const focalSequence = (claim: Claim): number => focalRow(claim)?.sequence ?? 1;

const focalRow = (claim: Claim) => claim.insurance.find(({ focal }) => focal) ?? (claim.insurance.length === 1 ? claim.insurance[0] : undefined);

const isLive = ({ status }: Claim): boolean => status !== 'cancelled' && status !== 'entered-in-error';
