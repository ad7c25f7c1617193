import { claimCharge, claimPaid } from './balance.js';
import { isForwardedStatus } from './crossover.js';
import type { Adjudication, StatedAmounts } from './model.js';
import { sumKnown, type Cents } from './money.js';

/** Parts of one claim that a payer decided apart, as one decision: lines side by side, amounts of the claim added. */
export function mergeSplit(parts: readonly Adjudication[]): Adjudication | undefined {
  const [first, ...others] = parts;
  if (!first || others.length === 0) return first;
  const interest = sumKnown(parts.map((part) => part.interest));
  // A part that was forwarded makes the whole claim forwarded.
  const eraStatus = (parts.find((part) => isForwardedStatus(part.eraStatus)) ?? first).eraStatus;
  const crossoverCarrier = parts.find((part) => part.crossoverCarrier)?.crossoverCarrier;
  const incomplete = parts.flatMap((part) => part.incomplete ?? []);
  return {
    ...first,
    date: parts.reduce((latest, part) => (part.date > latest ? part.date : latest), first.date),
    stated: { ...addStated(parts.map((part) => part.stated)), charge: sumOrNone(parts.map(claimCharge)), paid: sumOrNone(parts.map(claimPaid)) },
    adjustments: parts.flatMap((part) => part.adjustments),
    ...(incomplete.length > 0 ? { incomplete } : {}),
    lines: parts.flatMap((part) => part.lines).sort((a, b) => a.sequence - b.sequence),
    remarks: [...new Set(parts.flatMap((part) => part.remarks))],
    ...(interest === undefined ? {} : { interest }),
    ...(eraStatus === undefined ? {} : { eraStatus }),
    ...(crossoverCarrier === undefined ? {} : { crossoverCarrier }),
  };
}

function addStated(list: readonly StatedAmounts[]): StatedAmounts {
  const total: { -readonly [F in keyof StatedAmounts]: Cents } = {};
  for (const stated of list) {
    for (const [field, amount] of Object.entries(stated) as [keyof StatedAmounts, Cents | undefined][]) {
      const sum = sumKnown([total[field], amount]);
      if (sum !== undefined) total[field] = sum;
    }
  }
  return total;
}

const sumOrNone = (amounts: readonly (Cents | undefined)[]): Cents | undefined => (amounts.includes(undefined) ? undefined : sumKnown(amounts));
