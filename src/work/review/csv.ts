import type { CodeableConcept, MeasureReport, MeasureReportGroup } from 'fhir/r4.js';
import { MEASURES, type MeasureTable } from '../../claims/review/measures.js';

const TABLES: readonly MeasureTable[] = Object.values(MEASURES);
/** Every dimension and every figure of any measure, each once. */
const DIMENSIONS = [...new Set(TABLES.flatMap(({ dimensions }) => dimensions))];
const FIGURES = [...new Set(TABLES.flatMap(({ figures }) => figures.map(({ code }) => code)))];

/**
 * The reports as one table for a spreadsheet (RFC 4180): a row for each stratum, with the measure, its period, its
 * dimensions and its figures. What a spreadsheet would take for a formula is put behind an apostrophe.
 */
export function toCsv(reports: readonly MeasureReport[]): string {
  const header = ['measure', 'start', 'end', ...DIMENSIONS, ...FIGURES];
  return [header, ...reports.flatMap(rowsOf)].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

type Cell = string | number | undefined;

function rowsOf({ measure, period, group = [] }: MeasureReport): Cell[][] {
  const rows = new Map<string, { readonly dimensions: ReadonlyMap<string, string>; readonly figures: Map<string, number> }>();
  for (const one of group) {
    for (const { component = [], measureScore } of strata(one)) {
      const dimensions = new Map(component.map(({ code, value }) => [codeOf(code), wordsOf(value)]));
      const key = JSON.stringify([...dimensions]);
      const known = rows.get(key) ?? { dimensions, figures: new Map<string, number>() };
      if (measureScore?.value !== undefined) known.figures.set(codeOf(one.code), measureScore.value);
      rows.set(key, known);
    }
  }
  const name = measure.slice(measure.lastIndexOf('/') + 1).split('|', 1)[0];
  return [...rows.values()].map(({ dimensions, figures }) => [name, period.start, period.end, ...DIMENSIONS.map((one) => dimensions.get(one)), ...FIGURES.map((one) => figures.get(one))]);
}

const strata = ({ stratifier = [] }: MeasureReportGroup) => stratifier.flatMap(({ stratum = [] }) => stratum);
const codeOf = (concept: CodeableConcept | undefined): string => concept?.coding?.[0]?.code ?? '';
const wordsOf = ({ text, coding }: CodeableConcept): string => text ?? coding?.[0]?.code ?? '';

/** Spreadsheets run what begins so (OWASP, CSV injection). Numbers of ours are left as they are. */
const FORMULA = /^[=+\-@\t\r|%]/;

function cell(value: Cell): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
