import type { Period, Reference } from 'fhir/r4.js';
import { daysBetween } from '../../src/claims/calendar.js';
import { sum, toMoney } from '../../src/claims/money.js';
import { relative } from '../../src/claims/read-header.js';
import type { Handler, Inputs } from '../../src/fhir/operation/operation.js';
import type { MissedSecondary } from '../../src/work/missed/entry.js';
import type { MissedStock } from '../../src/work/missed/stock.js';
import { inTime } from '../in-time.js';

export interface MissedParts {
  readonly missed: MissedStock;
}

/** `$missed-secondary`: the claims that should have gone to a next payer and never did, those with the fewest days left first. */
export const missedWith = ({ missed: stock }: MissedParts): Handler => async ({ in: inputs }, { resources, today }) => {
  const asOf = inputs.string('asOf') ?? today();
  const isWanted = wanted(inputs, asOf);
  await inTime(stock.take(resources));
  const missed = (await stock.all(resources)).filter(isWanted).sort(byDaysLeft);
  return {
    out: {
      missed: missed.map(({ claim, coverage, residual, deadline, patientBilled }) => ({
        claim, coverage, residual: toMoney(residual), deadline, passed: deadline !== undefined && daysBetween(asOf, deadline) < 0, patientBilled,
      })),
      total: toMoney(sum(missed.map(({ residual }) => residual))),
      count: missed.length,
    },
  };
};

function wanted(inputs: Inputs, asOf: string): (missed: MissedSecondary) => boolean {
  const period = inputs.one('period')?.value as Period | undefined;
  const pairs = inputs.all('payerPair').map(({ parts }) => ({ prior: target(parts, 'prior'), next: target(parts, 'next') }));
  return (missed) =>
    (missed.notBefore === undefined || missed.notBefore <= asOf)
    && isWithin(missed.serviceDate, period)
    && (pairs.length === 0 || pairs.some(({ prior, next }) => names(prior, [missed.priorPayer, missed.priorCoverage]) && names(next, [missed.payer, missed.coverage])));
}

/** A payer, or a coverage; what is not named is any. */
const target = (parts: Inputs | undefined, name: string): string | undefined => relative((parts?.one(name)?.value as Reference | undefined)?.reference);
const names = (reference: string | undefined, known: readonly (string | undefined)[]): boolean => reference === undefined || known.includes(reference);

/** By the date of service; the ends may be as imprecise as FHIR allows, and count whole. */
function isWithin(date: string | undefined, period: Period | undefined): boolean {
  if (!period) return true;
  const [start, end] = [period.start?.slice(0, 10), period.end?.slice(0, 10)];
  return date !== undefined && (start === undefined || date >= start.padEnd(date.length, '-00')) && (end === undefined || date.slice(0, end.length) <= end);
}

const FAR = '9999-12-31';
const byDaysLeft = (a: MissedSecondary, b: MissedSecondary): number => compare(a.deadline ?? FAR, b.deadline ?? FAR) || compare(a.claim, b.claim);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
