/** What a figure is counted in: things, cents of USD, days, minutes, percent. */
export type Unit = 'count' | 'money' | 'days' | 'minutes' | 'percent';

export interface Figure {
  readonly code: string;
  readonly unit: Unit;
  /** Whether the figures of all rows together are their sum. */
  readonly isSum: boolean;
}

const figure = (unit: Unit, ...codes: readonly string[]): Figure[] => codes.map((code) => ({ code, unit, isSum: unit !== 'percent' && unit !== 'days' }));

export interface MeasureTable {
  readonly dimensions: readonly string[];
  readonly figures: readonly Figure[];
  /** `event`: what happened in the period; `standing`: what stands on the day of asking. */
  readonly about: 'event' | 'standing';
}

/** The measures of a review by their ids (`Measure/…`), each a table: a row for every combination of its dimensions. */
export const MEASURES = {
  'turnaround': { about: 'event', dimensions: ['step'], figures: [...figure('count', 'count'), ...figure('days', 'median-days', 'p90-days')] },
  'denials': { about: 'event', dimensions: ['reason', 'payer', 'service-line', 'category', 'prevented-by', 'fix'], figures: [...figure('count', 'count'), ...figure('money', 'amount'), ...figure('count', 'count-before'), ...figure('money', 'amount-before'), ...figure('count', 'change')] },
  'first-pass': { about: 'event', dimensions: ['payer', 'service-line'], figures: [...figure('count', 'decided', 'denied', 'denied-for-order', 'corrected'), ...figure('percent', 'accepted-percent')] },
  'missed-secondaries': { about: 'standing', dimensions: ['payer', 'next-payer', 'service-line'], figures: [...figure('count', 'count'), ...figure('money', 'amount'), ...figure('count', 'overdue', 'patients-asked')] },
  'deadlines': { about: 'event', dimensions: ['limit', 'result'], figures: [...figure('count', 'count'), ...figure('money', 'amount')] },
  'aging': { about: 'standing', dimensions: ['responsible', 'age'], figures: [...figure('count', 'count'), ...figure('money', 'amount')] },
  'effort': { about: 'event', dimensions: ['work', 'owner'], figures: [...figure('count', 'tasks', 'sittings', 'touches'), ...figure('minutes', 'minutes')] },
  'work': { about: 'standing', dimensions: ['work', 'owner'], figures: [...figure('count', 'open', 'overdue', 'made', 'done'), ...figure('days', 'median-days', 'p90-days')] },
  'write-offs': { about: 'event', dimensions: ['class', 'month', 'payer'], figures: [...figure('count', 'count'), ...figure('money', 'amount', 'taken-back', 'reclassified')] },
  'reconciliation': { about: 'standing', dimensions: ['state'], figures: [...figure('count', 'claims'), ...figure('money', 'charged-by-claims', 'charged-by-ledger', 'paid-by-decisions', 'paid-by-ledger', 'difference')] },
  'checklists': { about: 'event', dimensions: ['checklist', 'result'], figures: [...figure('count', 'submissions', 'decided', 'denied'), ...figure('percent', 'denied-percent'), ...figure('minutes', 'minutes'), ...figure('days', 'median-days')] },
  'audits': { about: 'event', dimensions: ['finding'], figures: figure('count', 'count') },
  'combinations': { about: 'event', dimensions: ['payer', 'next-payer', 'service-line'], figures: [...figure('count', 'claims'), ...figure('money', 'amount', 'paid')] },
} as const satisfies Readonly<Record<string, MeasureTable>>;

export type MeasureId = keyof typeof MEASURES;
export const MEASURE_IDS = Object.keys(MEASURES) as MeasureId[];

/** One row: the values of the dimensions in their order, and the figures by their codes; what is not known is not there. */
export interface Row {
  readonly dimensions: readonly string[];
  readonly figures: Readonly<Record<string, number | undefined>>;
}
