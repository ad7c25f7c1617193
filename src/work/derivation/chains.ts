import type { Claim } from 'fhir/r4.js';
import { chainOf } from '../../claims/derive/chain.js';
import { referenceTo } from '../../claims/derive/input.js';
import { relative } from '../../claims/read-header.js';

/** The claims for the same services together. Most claims name no other and are named by none. */
export function chainsOf(claims: readonly Claim[]): (readonly Claim[])[] {
  const named = new Set(claims.flatMap(({ related = [] }) => related.map(({ claim }) => relative(claim?.reference))));
  const isLinked = (claim: Claim): boolean => (claim.related ?? []).length > 0 || named.has(referenceTo(claim));
  const linked = claims.filter(isLinked);
  const placed = new Set<Claim>();
  const chains: (readonly Claim[])[] = [];
  for (const claim of claims) {
    if (placed.has(claim)) continue;
    const chain = isLinked(claim) ? chainOf(claim, linked).all : [claim];
    for (const member of chain) placed.add(member);
    chains.push(chain);
  }
  return chains;
}
