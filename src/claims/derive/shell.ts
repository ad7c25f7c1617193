import type { Claim } from 'fhir/r4.js';
import { structureDefinition } from '../canonical.js';
import { focalCoverageOf } from './chain.js';
import { compose } from './compose.js';
import { netHash } from './fingerprint.js';
import { referenceTo, type DeriveInput } from './input.js';
import { claimBefore, gather, type DecidedPayer, type Gathered } from './situation.js';

/** What is known, and the claims that had to be added to it. */
export interface WithShells {
  readonly input: DeriveInput;
  readonly shells: readonly Claim[];
}

/**
 * The claims that payers have decided and that are not on file: an earlier payer forwarded them (X12 CLP02 19–21), or
 * somebody else sent them. Each gets a shell, active since its payer has it, with the rows that it must have had; so the
 * chain is whole, and the next claim has one to follow.
 */
export function withShells(input: DeriveInput): WithShells {
  const shells: Claim[] = [];
  for (let known = input; ; known = { ...input, claims: [...input.claims, ...shells] }) {
    const shell = firstShell(gather(known));
    if (!shell) return { input: known, shells };
    shells.push(shell);
  }
}

function firstShell(gathered: Gathered): Claim | undefined {
  const { decided, chain, undecided } = gathered;
  const billed = new Set(chain.standing.map(focalCoverageOf));
  const position = decided.findIndex(({ coverage }, index) => index > 0 && !billed.has(coverage));
  const payer = decided[position];
  const prior = decided[position - 1];
  // A payer before it whose decision does not stand: whose place the claim takes is not known.
  if (!payer || !prior || undecided.length > 0) return undefined;
  return shellOf(payer, prior, decided.slice(0, position), gathered);
}

function shellOf(payer: DecidedPayer, prior: DecidedPayer, decided: readonly DecidedPayer[], { input, chain, decided: all }: Gathered): Claim {
  const ranked = input.orders[0]?.order.ranked ?? [];
  const earlier = new Set([...decided, payer].map(({ coverage }) => coverage));
  const later = [...new Set([...all, ...ranked].map(({ coverage }) => coverage))].filter((coverage) => !earlier.has(coverage));
  const made = compose({ input, chain, before: claimBefore(prior, chain, input.claim), decided, focal: payer.coverage, later, hash: netHash(decided, input.digest) });
  const first = referenceTo(chain.standing[0] ?? input.claim) ?? '';
  return {
    ...made,
    id: input.digest(['shell', first, payer.coverage].join('\n')).slice(0, 32),
    extension: made.extension?.filter(({ url }) => url !== structureDefinition('derived-from')),
    status: 'active',
    created: payer.adjudication.date || input.asOf,
  };
}
