import { negate, sum, type Cents } from '../../claims/money.js';
import { totalOf, type StatedAccount, type StatedService } from '../../claims/statement/stated.js';
import type { Block, PrintedDocument, Table } from '../documents/printed.js';
import { dollars, longDate } from '../documents/words.js';
import type { Language } from './language.js';
import type { Visit } from './visit.js';
import { datesOf, payerName, reasonsOf, serviceName, visitName } from './words.js';

/** What a statement is written from. */
export interface PrintedFacts {
  readonly clinic: { readonly name: string; readonly address: readonly string[]; readonly phone: string | undefined };
  /** Who is written to. */
  readonly recipient: { readonly name: string; readonly address: readonly string[] };
  readonly patient: string;
  readonly language: Language;
  /** Those whose balance is settled, the oldest first. */
  readonly visits: readonly SettledVisit[];
  /** Those that wait for a payer. */
  readonly waiting: readonly Visit[];
}

export type SettledVisit = Visit & { readonly stated: StatedAccount };

/** What all the visits together leave to the patient. */
export const dueOf = (visits: readonly SettledVisit[]): Cents => sum(visits.map(({ stated }) => stated.due));

/** The statement: for each service what it costs, what each payer paid and took off, what is left and why (R118–R120). `created` dates it. */
export function statementDocument(facts: PrintedFacts, created: Date): PrintedDocument {
  const { clinic, recipient, language: { texts, isOther }, visits } = facts;
  return {
    title: texts.title,
    author: clinic.name,
    language: texts.language,
    created,
    letterhead: { name: clinic.name, lines: [clinic.address.join(', '), clinic.phone ?? ''].filter((line) => line !== '') },
    blocks: [
      { kind: 'lines', lines: [recipient.name, ...recipient.address] },
      { kind: 'title', text: texts.title },
      { kind: 'facts', rows: [[texts.labels.date, longDate(created.toISOString().slice(0, 10), texts.language)], [texts.labels.patient, facts.patient], [texts.labels.due, dollars(dueOf(visits))]] },
      ...(isOther ? [{ kind: 'notice', text: texts.otherLanguage } as const] : []),
      ...summary(facts),
      ...visits.flatMap((visit) => visitBlocks(visit, facts)),
      ...(visits.length > 1 ? [totals(facts)] : []),
      ...waitingBlocks(facts),
      ...questions(facts),
    ],
    footer: texts.footer,
  };
}

function summary({ visits, language: { texts } }: PrintedFacts): Block[] {
  const due = dueOf(visits);
  const credit = sum(visits.map(({ stated }) => stated.credit));
  return [
    { kind: 'paragraph', text: due === 0 ? texts.summary.nothing : (visits.some(({ isEarly }) => isEarly) ? texts.summary.early : texts.summary.due)(dollars(due)) },
    ...(credit > 0 ? [{ kind: 'paragraph', text: texts.summary.credit(dollars(credit)) } as const] : []),
  ];
}

const visitBlocks = (visit: SettledVisit, facts: PrintedFacts): Block[] => [
  { kind: 'heading', text: visitName(visit, facts.language.texts) },
  ...visit.stated.services.flatMap((service) => serviceBlocks(service, visit, facts)),
  ...balance(visit, facts),
];

function serviceBlocks(service: StatedService, visit: SettledVisit, { language: { texts } }: PrintedFacts): Block[] {
  const { labels } = texts;
  const rows = service.payers.flatMap(({ coverage, paid, adjusted }): (readonly [string, Cents])[] => {
    const name = payerName(coverage, visit, texts);
    return [[texts.paid(name), paid], ...(adjusted.length === 0 ? [] : [[texts.adjusted(name), totalOf(adjusted)] as const])];
  });
  return [
    {
      kind: 'table',
      caption: serviceName(service, visit, texts),
      columns: columns(labels.what, labels.amount),
      rows: [
        [labels.charge, dollars(service.charge)],
        ...rows.map(([label, amount]) => [label, less(amount)]),
        ...(service.returned > 0 ? [[texts.returned, dollars(service.returned)]] : []),
      ],
      total: [labels.owed, dollars(service.owed)],
    },
    ...(service.owed > 0 ? [{ kind: 'paragraph', text: `${texts.why} ${reasonsOf(service, visit, texts)}.` } as const] : []),
  ];
}

/** What takes off. */
const less = (amount: Cents): string => (amount === 0 ? dollars(amount) : amount > 0 ? `-${dollars(amount)}` : dollars(negate(amount)));

/** Where it is not just the part of one service. */
function balance(visit: SettledVisit, { language: { texts } }: PrintedFacts): Block[] {
  const { balance: words, labels } = texts;
  const { services, share, paid, reduced, credit, due } = visit.stated;
  const isPlain = paid === 0 && reduced.length === 0;
  if (isPlain && services.length < 2) return [];
  return [{
    kind: 'table',
    caption: labels.visit,
    columns: columns(labels.what, labels.amount),
    rows: isPlain ? services.map((service) => [serviceName(service, visit, texts), dollars(service.owed)]) : [
      [words.share, dollars(share)],
      ...(paid === 0 ? [] : [[words.paid, less(paid)]]),
      ...reduced.map(({ class: of, amount }) => [words.reduced[of] ?? of, less(amount)]),
      ...(credit > 0 ? [[words.credit, dollars(credit)]] : []),
    ],
    total: [words.rest, dollars(due)],
  }];
}

function totals({ visits, language: { texts } }: PrintedFacts): Table {
  const { labels } = texts;
  return {
    kind: 'table',
    caption: labels.total,
    columns: columns(labels.visit, labels.amount),
    rows: visits.map((visit) => [visitName(visit, texts), dollars(visit.stated.due)]),
    total: [labels.total, dollars(dueOf(visits))],
  };
}

const columns = (what: string, amount: string): Table['columns'] => [{ title: what, width: 0.76 }, { title: amount, width: 0.24, align: 'right' }];

const waitingBlocks = ({ waiting, language: { texts } }: PrintedFacts): Block[] => (waiting.length === 0 ? [] : [
  { kind: 'heading', text: texts.waiting.heading },
  { kind: 'paragraph', text: texts.waiting.text },
  { kind: 'list', items: waiting.map((visit) => texts.waiting.one(datesOf(visit, texts), visit.number)) },
]);

const questions = ({ clinic, language: { texts: { questions: words } } }: PrintedFacts): Block[] => [
  { kind: 'heading', text: words.heading },
  { kind: 'paragraph', text: words.call(clinic.name, clinic.phone) },
  { kind: 'paragraph', text: words.otherInsurance },
  { kind: 'paragraph', text: words.cannotPay },
];

