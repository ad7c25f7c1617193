/** The parts of the page, each with its heading. */
import type { Claim, Task } from 'fhir/r4.js';
import type { Opened } from './opened.js';
import { element } from './page.js';
import { amountOf, deadlineOf, type ChainLink, type Names, type Order, type Part, type PatientRecord } from './record.js';
import { dateWords, daysWords, moneyWords } from './words.js';

/** All of them, in the order in which they are read: what the app was opened on comes first. */
export function sections(record: PatientRecord, { claim, coverage }: Opened, now: Date): HTMLElement[] {
  return [
    ...(claim ? [chain(record.chain, claim, record.names)] : []),
    order(record.order, record.names, coverage),
    questions(record.order, record.names),
    drafts(record.drafts, record.tasks, record.names, now),
    tasks(record.tasks, now),
  ];
}

function section(id: string, title: string, ...content: readonly (HTMLElement | undefined)[]): HTMLElement {
  return element('section', { 'id': id, 'aria-labelledby': `${id}-title` }, element('h2', { id: `${id}-title`, tabindex: '-1' }, title), ...content);
}

const paragraph = (text: string, style?: string): HTMLElement => element('p', { class: style }, text);
const forbidden = (what: string): HTMLElement => paragraph(`Your sign-in does not allow to see ${what}.`, 'note');
const due = (date: string | undefined, now: Date): HTMLElement =>
  date === undefined ? element('span', {}, 'no deadline') : element('span', {}, element('time', { datetime: date }, dateWords(date)), ` (${daysWords(date, now)})`);

function order(known: Part<Order>, names: Names, opened: string | undefined): HTMLElement {
  if (!known) return section('order', 'Who pays, in order', forbidden('the coverages'));
  const { date, isDetermined, ranked, excluded, conflicts } = known;
  const placed = new Set([...ranked, ...excluded].map(({ coverage }) => coverage));
  const unplaced = isDetermined ? [] : names.coverages.filter((coverage) => !placed.has(coverage));
  const rows = ranked.map(({ coverage, reason, citation }) => cover(coverage, names, opened, element('p', {}, named(reason, names)), element('p', { class: 'citation' }, element('cite', {}, citation))));
  return section(
    'order', 'Who pays, in order', paragraph(`For services on ${dateWords(date)}.`, 'note'),
    isDetermined ? undefined : paragraph('The order is not settled: it depends on the answers below. Only places that are certain are numbered.', 'warning'),
    rows.length > 0 ? element('ol', { class: 'covers' }, ...rows) : isDetermined ? paragraph('No coverage takes part.') : undefined,
    unplaced.length === 0 ? undefined : element('ul', { 'class': 'covers', 'aria-label': 'Coverages whose place is not certain' }, ...unplaced.map((coverage) => cover(coverage, names, opened, paragraph('Its place is not certain yet.', 'note')))),
    ...conflicts.map(({ coverage, stated, source, computed }) => paragraph(`${names.coverage(coverage).payer}: ${source} says ${stated}, the rules say ${computed}.`, 'warning')),
    excluded.length === 0 ? undefined : element('details', excluded.some(({ coverage }) => coverage === opened) ? { open: '' } : {},
      element('summary', {}, `Takes no part: ${excluded.length}`), element('ul', { class: 'covers' }, ...excluded.map(({ coverage, reason }) => cover(coverage, names, opened, element('p', {}, named(reason, names)))))),
  );
}

/** Rules name coverages as the server does; people know them by their payers. */
const named = (text: string, names: Names): string => text.replace(/\bCoverage\/[A-Za-z0-9\-.]*[A-Za-z0-9]/g, (reference) => names.coverage(reference).payer);

function cover(coverage: string, names: Names, opened: string | undefined, ...why: readonly HTMLElement[]): HTMLElement {
  const { payer, member } = names.coverage(coverage);
  const isOpened = coverage === opened;
  return element('li', { 'class': isOpened ? 'opened' : undefined, 'aria-current': isOpened ? 'true' : undefined },
    element('h3', {}, payer), member === undefined ? undefined : paragraph(`Member ${member}`, 'note'), ...why);
}

function questions(known: Part<Order>, names: Names): HTMLElement {
  if (!known) return section('questions', 'To ask', forbidden('the coverages'));
  const rows = known.missing.map(({ coverage, question, rule }) => element('li', {}, element('strong', {}, named(question, names)), paragraph(`${names.coverage(coverage).payer} · rule ${rule}`, 'note')));
  return section('questions', 'To ask', rows.length > 0 ? element('ul', {}, ...rows) : paragraph('Nothing: what is known settles the order.'));
}

function table(caption: string, heads: readonly string[], rows: readonly (readonly (string | HTMLElement)[])[]): HTMLElement {
  const cells = (row: readonly (string | HTMLElement)[]): HTMLElement[] =>
    row.map((cell, at) => (at === 0 ? element('th', { scope: 'row' }, cell) : element('td', { 'data-label': heads[at] }, cell)));
  return element('table', {},
    element('caption', {}, caption), element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
    element('tbody', {}, ...rows.map((row) => element('tr', {}, ...cells(row)))));
}

const focalPayer = ({ insurance }: Claim, names: Names): string => names.coverage(insurance.find(({ focal }) => focal)?.coverage.reference ?? '').payer;
const total = ({ total: sum }: Claim): string => (sum ? moneyWords(sum) : 'not stated');

function drafts(known: Part<readonly Claim[]>, work: Part<readonly Task[]>, names: Names, now: Date): HTMLElement {
  if (!known) return section('drafts', 'Claims to the next payer, not sent yet', forbidden('the claims'));
  const rows = known.map((claim) => {
    const task = work?.find(({ focus }) => focus?.reference === `Claim/${claim.id ?? ''}`);
    const stake = task && amountOf(task);
    return [focalPayer(claim, names), total(claim), stake ? moneyWords(stake) : 'not stated', due(task && deadlineOf(task), now)];
  });
  return section('drafts', 'Claims to the next payer, not sent yet',
    rows.length > 0 ? table('Drafts that wait to be sent', ['Payer', 'Charges', 'At stake', 'Send by'], rows) : paragraph('None.'));
}

function tasks(known: Part<readonly Task[]>, now: Date): HTMLElement {
  if (!known) return section('tasks', 'To do', forbidden('the tasks'));
  const rows = known.map((task) => {
    const stake = amountOf(task);
    const state = task.businessStatus?.text;
    return [element('span', {}, task.description ?? 'Task', state === undefined ? undefined : element('span', { class: 'note' }, ` ${state}`)), STATES[task.status] ?? task.status, stake ? moneyWords(stake) : '–', due(deadlineOf(task), now)];
  });
  return section('tasks', 'To do', rows.length > 0 ? table('Open tasks about this patient, the most urgent first', ['What', 'State', 'At stake', 'By'], rows) : paragraph('Nothing is open.'));
}

/** Task.status in words. */
const STATES: Readonly<Record<string, string>> = { 'requested': 'new', 'received': 'new', 'accepted': 'taken', 'ready': 'free', 'in-progress': 'taken', 'on-hold': 'waits' };

function chain(known: Part<readonly ChainLink[]>, opened: Claim, names: Names): HTMLElement {
  if (!known) return section('chain', 'The claim, payer by payer', forbidden('the claims'));
  const rows = known.map(({ claim, decision }) => element('li', claim.id === opened.id ? { 'class': 'opened', 'aria-current': 'true' } : {},
    element('h3', {}, focalPayer(claim, names)), paragraph(`${total(claim)}, ${claim.status === 'draft' ? 'a draft, not sent yet' : claim.status}, of ${dateWords(claim.created)}`), decided(claim, decision)));
  return section('chain', 'The claim, payer by payer', element('ol', { class: 'covers' }, ...rows));
}

function decided(claim: Claim, decision: ChainLink['decision']): HTMLElement {
  if (!decision) return paragraph(claim.status === 'draft' ? 'Nothing is decided before it is sent.' : 'No decision is known.', 'note');
  const { disposition, created, payment, outcome } = decision;
  return paragraph(`Decided ${dateWords(created)}: ${payment?.amount ? `paid ${moneyWords(payment.amount)}` : (disposition ?? outcome)}.`);
}
