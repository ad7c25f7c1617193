import { WRITE_OFF_RULES } from '../disposition/write-off-class.js';
import { centsOf, subtract, sum, ZERO } from '../money.js';
import { kindOf } from './balances.js';
import type { LedgerEntry } from './entry.js';
import type { Grant, Target } from './target.js';

export interface LedgerContext {
  readonly root: string;
  /** `Account/1`. */
  readonly account: string;
  /** YYYY-MM-DD. */
  readonly created: string;
  /** SHA-256 in hexadecimal. */
  readonly digest: (text: string) => string;
}

/**
 * The entries to be added, so that every place adds up to its target, and what is no target any more to nothing. Nothing
 * is ever taken away: what was posted and is not so any more is answered by a counter-entry. An entry's id follows from
 * its place and its number there, so that whoever posts the same twice posts it once.
 */
export function entriesToPost(targets: readonly Target[], entries: readonly LedgerEntry[], context: LedgerContext): LedgerEntry[] {
  const places = byPlace(entries.filter(isDerived));
  const wanted = new Map(targets.map((target) => [placeOf(target.key, context), target]));
  const gone = [...places].filter(([place]) => !wanted.has(place)).flatMap(([place, known]) => nextEntry(place, nothing(known), known, context));
  return [...gone, ...[...wanted].flatMap(([place, target]) => nextEntry(place, target, places.get(place) ?? [], context))];
}

/** Made here, not by hand. */
export const isDerived = ({ place }: LedgerEntry): boolean => place !== '';

/** What people have approved, as the entries say: of each place the most that was ever written off there. */
export function grantsIn(entries: readonly LedgerEntry[], digest: LedgerContext['digest']): Grant[] {
  return [...byPlace(entries.filter((entry) => isDerived(entry) && entry.writeOffClass !== undefined))].flatMap(([place, unordered]): Grant[] => {
    const known = asPosted(place, unordered, digest);
    const [first] = known;
    const approvedBy = [...new Set(known.flatMap((entry) => entry.approvedBy ?? []))];
    if (!first?.writeOffClass || (approvedBy.length === 0 && !WRITE_OFF_RULES[first.writeOffClass].billable)) return [];
    let running = 0;
    let most = 0;
    for (const { amount } of known) most = Math.max(most, -(running += amount));
    return [{ class: first.writeOffClass, line: first.line, amount: centsOf(most), reason: first.reason ?? '', approvedBy }];
  });
}

/** In the order in which they were posted. */
function asPosted(place: string, known: readonly LedgerEntry[], digest: LedgerContext['digest']): readonly LedgerEntry[] {
  return known.map((_, number) => known.find(({ id }) => id === entryId(place, number, digest))).filter((entry) => entry !== undefined);
}

const entryId = (place: string, number: number, digest: LedgerContext['digest']): string => digest(JSON.stringify([place, number])).slice(0, 32);

function byPlace(entries: readonly LedgerEntry[]): Map<string, LedgerEntry[]> {
  const places = new Map<string, LedgerEntry[]>();
  for (const entry of entries) places.set(entry.place, [...(places.get(entry.place) ?? []), entry]);
  return places;
}

function nextEntry(place: string, target: Omit<Target, 'key'>, known: readonly LedgerEntry[], { root, account, created, digest }: LedgerContext): LedgerEntry[] {
  const now = sum(known.map(({ amount }) => amount));
  if (now === target.amount) return [];
  const isCounter = now !== 0 && (Math.sign(target.amount) !== Math.sign(now) || Math.abs(target.amount) < Math.abs(now));
  const { code, source, line, writeOffClass, approvedBy } = target;
  return [{
    id: entryId(place, known.length, digest),
    code: isCounter ? 'reversal' : code,
    reverses: isCounter ? code : undefined,
    amount: subtract(target.amount, now),
    account, root, place, source, line, writeOffClass, approvedBy, created,
    reason: isCounter ? `Takes back what does not stand any more: ${code}` : target.reason,
  }];
}

/** A place that nothing wants any more. */
function nothing(known: readonly LedgerEntry[]): Omit<Target, 'key'> {
  const [first] = known as [LedgerEntry];
  return { code: kindOf(first), amount: ZERO, source: first.source, line: first.line, writeOffClass: first.writeOffClass };
}

const placeOf = (key: Target['key'], { root, digest }: LedgerContext): string => digest(JSON.stringify([root, ...key])).slice(0, 32);
