import type { Basic } from 'fhir/r4.js';
import { CANONICAL, structureDefinition } from '../../claims/canonical.js';
import type { ChainFacts, WorkFacts } from '../../claims/review/facts.js';
import type { FileFacts } from '../../claims/review/tally.js';
import { STOCK_IDS, STOCK_SYSTEM } from '../stock/stock.js';
import { digest } from '../task.js';

const FACTS = structureDefinition('review-facts');
/** Whose the facts are. Not as the subject: they would belong to the patient’s record, which holds no Task and no ledger entry. */
const SUBJECT_SYSTEM = `${CANONICAL}/NamingSystem/review-subject`;

export const ROWS = `code=${STOCK_SYSTEM}|review-facts`;
export const rowsOf = (subject: string): string => `${ROWS}&identifier=${SUBJECT_SYSTEM}|${subject}`;
export const OPEN_ROWS = `code=${STOCK_SYSTEM}|review-open`;

/** What a row begins with where it is not about claims. */
const WITHOUT_CLAIM = 'without a claim';

/**
 * The facts of one patient (or of a Task of no patient) as they are kept: a row for the claims of each year of service,
 * so that what happens today writes no more than a year anew. `created` is the day of the latest event, and a row in
 * which something is open says so: a review of the last month looks at those, and at no others.
 */
export function toRows(subject: string, { chains, others, strays }: FileFacts): Basic[] {
  const years = new Map<string, ChainFacts[]>();
  for (const chain of chains) years.set(yearOf(chain), [...(years.get(yearOf(chain)) ?? []), chain]);
  const rows = [...years].map(([year, own]) => row(subject, year, own.map((chain) => JSON.stringify(chain)), own.flatMap(eventsOf), own.some(isOpen)));
  if (others.length === 0 && strays.entries === 0) return rows;
  return [...rows, row(subject, WITHOUT_CLAIM, [JSON.stringify({ others, strays })], others.flatMap(eventsOfWork), strays.entries > 0 || others.some((work) => work.isOpen))];
}

const row = (subject: string, part: string, texts: readonly string[], events: readonly string[], open: boolean): Basic => {
  const latest = [...events].sort().at(-1);
  return {
    resourceType: 'Basic',
    id: `${STOCK_IDS.facts}${digest(JSON.stringify([subject, part])).slice(0, 32)}`,
    extension: texts.map((valueString) => ({ url: FACTS, valueString })),
    code: { coding: ['review-facts', ...(open ? ['review-open'] : [])].map((code) => ({ system: STOCK_SYSTEM, code })) },
    identifier: [{ system: SUBJECT_SYSTEM, value: subject }],
    ...(latest === undefined ? {} : { created: latest }),
  };
};

/** What the rows say that were kept; what is none, or was tampered with, says nothing. */
export function fromRow({ id, extension = [] }: Basic): FileFacts {
  const facts = id?.startsWith(STOCK_IDS.facts) ? extension.flatMap(({ url, valueString }) => (url === FACTS && valueString !== undefined ? parse(valueString) : [])) : [];
  const without = facts.find((one): one is Omit<FileFacts, 'chains'> => 'others' in one);
  return { chains: facts.filter((one): one is ChainFacts => 'turns' in one), others: without?.others ?? [], strays: without?.strays ?? { entries: 0, amount: 0 } };
}

function parse(text: string): (ChainFacts | Omit<FileFacts, 'chains'>)[] {
  try {
    return [JSON.parse(text) as ChainFacts];
  } catch {
    return [];
  }
}

const yearOf = ({ service }: ChainFacts): string => service?.slice(0, 4) ?? 'unknown';

/** What the ledger says otherwise than the claims is open too, until somebody has mended it. */
const isOpen = ({ open, missed, work, turns, charge, ledger }: ChainFacts): boolean =>
  open !== undefined || missed !== undefined || (ledger.entries > 0 && (ledger.charged !== charge || ledger.posted !== ledger.decided)) || work.some((one) => one.isOpen) || turns.some(({ claim, sent, decided }) => claim !== undefined && sent === undefined && decided === undefined);

const known = (days: readonly (string | undefined)[]): string[] => days.flatMap((day) => (day === undefined || day === '' ? [] : day));

const eventsOf = ({ turns, denials, writeOffs, settled, work }: ChainFacts): string[] => known([
  ...turns.flatMap(({ sent, decided, posted }) => [sent, decided, posted]), ...denials.map(({ day }) => day), ...writeOffs.map(({ day }) => day), settled, ...work.flatMap(eventsOfWork),
]);

const eventsOfWork = ({ made, done, sittings }: WorkFacts): string[] => known([made, done, ...sittings.map(({ day }) => day)]);
