import type { CodeableConcept, Measure, MeasureReport, MeasureReportGroup, MeasureReportGroupStratifierStratum, Quantity } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';
import { MEASURE_IDS, MEASURES, type Figure, type MeasureId, type MeasureTable, type Row } from '../../claims/review/measures.js';
import type { Question } from '../../claims/review/question.js';
import type { Resources } from '../../fhir/resources.js';
import { digest } from '../task.js';
import type { Reviewed } from './review.js';

/** What dimensions are made of, where that is a code system. */
const SYSTEMS: Readonly<Record<string, string>> = {
  category: 'denial-category', class: 'write-off-class', work: 'work',
};
/** Dimensions that name somebody. */
const NAMED: ReadonlySet<string> = new Set(['payer', 'next-payer', 'owner']);

/** Names of payers and staff by their references. */
export type Names = ReadonlyMap<string, string>;

/**
 * One MeasureReport for each measure: a group for each figure, a stratum for each row. Its score is the figure of all rows
 * where these add up. The ids follow from the question: the same question gives the same reports.
 */
export function reportsOf({ tally }: Reviewed, question: Question, measures: readonly Measure[], names: Names): MeasureReport[] {
  return MEASURE_IDS.map((id) => reportOf(id, tally.rows(id), question, measures, names));
}

/** Those that the rows of a review name. */
export async function namesIn({ tally }: Reviewed, resources: Resources): Promise<Names> {
  const references = new Set(MEASURE_IDS.flatMap((id) => tally.rows(id).flatMap(({ dimensions }) => dimensions.filter((_, at) => NAMED.has((MEASURES[id] as MeasureTable).dimensions[at] ?? '')))));
  const found = await Promise.all([...references].map(async (reference): Promise<[string, string | undefined]> => {
    const [, type, id] = /^(Organization|CareTeam)\/([A-Za-z0-9.-]{1,64})$/.exec(reference) ?? [];
    const resource = type === undefined || id === undefined ? undefined : await resources.read(type as 'Organization', id);
    return [reference, (resource as { readonly name?: string } | undefined)?.name];
  }));
  return new Map(found.flatMap(([reference, name]) => (name === undefined ? [] : [[reference, name] as const])));
}

function reportOf(id: MeasureId, rows: readonly Row[], { period, asOf, pairs, serviceLine }: Question, measures: readonly Measure[], names: Names): MeasureReport {
  const table: MeasureTable = MEASURES[id];
  const measure = measures.find((one) => one.id === id);
  const about = table.about === 'standing' ? { start: asOf, end: asOf } : period;
  return {
    resourceType: 'MeasureReport',
    id: digest(JSON.stringify(['billing-review', id, about, pairs, serviceLine])).slice(0, 32),
    status: 'complete',
    type: 'summary',
    measure: `${measure?.url ?? `${CANONICAL}/Measure/${id}`}|${measure?.version ?? ''}`,
    period: about,
    group: table.figures.map((figure) => groupOf(figure, rows, table, names)),
  };
}

function groupOf(figure: Figure, rows: readonly Row[], { dimensions }: MeasureTable, names: Names): MeasureReportGroup {
  const strata = rows.flatMap((row): MeasureReportGroupStratifierStratum[] => {
    const value = row.figures[figure.code];
    return value === undefined ? [] : [{ component: dimensions.map((dimension, at) => ({ code: coded('review-dimension', dimension), value: valueOf(dimension, row.dimensions[at] ?? '', names) })), measureScore: quantity(value, figure) }];
  });
  return {
    code: coded('review-figure', figure.code),
    ...(figure.isSum ? { measureScore: quantity(rows.reduce((sum, row) => sum + (row.figures[figure.code] ?? 0), 0), figure) } : {}),
    ...(strata.length > 0 ? { stratifier: [{ code: [{ text: dimensions.join(', ') }], stratum: strata }] } : {}),
  };
}

const coded = (system: string, code: string): CodeableConcept => ({ coding: [{ system: `${CANONICAL}/CodeSystem/${system}`, code }] });

function valueOf(dimension: string, value: string, names: Names): CodeableConcept {
  const system = SYSTEMS[dimension];
  if (system !== undefined) return coded(system, value);
  const name = names.get(value);
  return name === undefined ? { text: value } : { coding: [{ code: value }], text: name };
}

/** Amounts are cents, and are stated in dollars, which is exact. */
function quantity(value: number, { unit }: Figure): Quantity {
  switch (unit) {
    case 'money': return { value: value / 100, unit: 'USD', system: 'urn:iso:std:iso:4217', code: 'USD' };
    case 'days': return ucum(value, 'd', 'days');
    case 'minutes': return ucum(Math.round(value * 10) / 10, 'min', 'minutes');
    case 'percent': return ucum(value, '%', '%');
    case 'count': return ucum(value, '1', 'count');
  }
}

const ucum = (value: number, code: string, unit: string): Quantity => ({ value, unit, system: 'http://unitsofmeasure.org', code });
