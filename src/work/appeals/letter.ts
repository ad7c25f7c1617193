import type { Correction } from '../../claims/corrections.js';
import { sum, type Cents } from '../../claims/money.js';
import type { Block, PrintedDocument } from '../documents/printed.js';
import { dollars, longDate, shortDate } from '../documents/words.js';
import { MANNERS, type AppealKind } from './levels.js';

/** What an appeal letter is written from. Dates are YYYY-MM-DD. */
export interface LetterFacts {
  readonly level: number;
  readonly kind: AppealKind;
  readonly provider: Party & { readonly phone?: string | undefined; readonly npi?: string | undefined; readonly taxId?: string | undefined };
  readonly payer: Party;
  /** Who treated the patient. */
  readonly clinician?: { readonly name: string; readonly npi?: string | undefined } | undefined;
  /** Who signs, where a person asked for the letter. */
  readonly signer?: string | undefined;
  readonly patient: { readonly name: string; readonly birthDate?: string | undefined };
  readonly memberId?: string | undefined;
  readonly groupNumber?: string | undefined;
  readonly payerClaimNumber?: string | undefined;
  readonly claimNumber?: string | undefined;
  readonly service?: { readonly start: string; readonly end: string } | undefined;
  readonly decidedOn?: string | undefined;
  /** The last day of this level. */
  readonly deadline?: string | undefined;
  readonly contested: readonly ContestedService[];
  readonly argument: string;
  readonly corrections: readonly Correction[];
  /** Why the claim was corrected. */
  readonly reasons: readonly string[];
  /** What goes with the letter, in order. */
  readonly enclosures: readonly string[];
}

export interface Party {
  readonly name: string;
  readonly address: readonly string[];
}

/** One amount under appeal. */
export interface ContestedService {
  /** Line of the claim; absent: the whole claim. */
  readonly sequence?: number | undefined;
  readonly date?: string | undefined;
  /** Procedure with modifiers. */
  readonly service?: string | undefined;
  readonly amount: Cents;
  /** `CO-197 N706`. */
  readonly code: string;
  /** Our words for the code; absent where nobody has listed it. */
  readonly meaning?: string | undefined;
}

const LANGUAGE = 'en-US';

/** The letter that asks a payer to review its decision: what was decided, why it is wrong, what is asked for. `created` dates it. */
export function appealLetter(facts: LetterFacts, created: Date): PrintedDocument {
  const { provider } = facts;
  const { title } = MANNERS[facts.kind];
  const today = created.toISOString().slice(0, 10);
  return {
    title: `${title}, level ${facts.level}`,
    author: provider.name,
    language: LANGUAGE,
    created,
    letterhead: { name: provider.name, lines: [provider.address.join(', '), numbersOf(provider)].filter((line) => line !== '') },
    blocks: [
      { kind: 'lines', lines: [inFull(today)] },
      { kind: 'lines', lines: [facts.payer.name, `Attention: ${MANNERS[facts.kind].attention}`, ...facts.payer.address] },
      { kind: 'heading', text: subjectOf(facts) },
      { kind: 'facts', rows: referencesOf(facts) },
      { kind: 'paragraph', text: MANNERS[facts.kind].opening },
      contestedTable(facts.contested),
      { kind: 'heading', text: facts.kind === 'peer-to-peer' ? 'What we would like to discuss' : 'Why the decision should be reversed' },
      ...paragraphs(facts.argument),
      ...correctionBlocks(facts),
      { kind: 'heading', text: 'What we ask for' },
      { kind: 'paragraph', text: MANNERS[facts.kind].request },
      { kind: 'lines', lines: ['Sincerely,', '', '', ...(facts.signer ? [facts.signer] : []), provider.name, ...(provider.phone ? [`Telephone ${provider.phone}`] : [])] },
      ...enclosureBlocks(facts.enclosures),
    ],
    footer: (page, pages) => `${facts.claimNumber ? `Claim ${facts.claimNumber} · ` : ''}Page ${page} of ${pages}`,
  };
}

const inFull = (day: string): string => longDate(day, LANGUAGE);

const numbersOf = ({ phone, npi, taxId }: LetterFacts['provider']): string =>
  [phone && `Telephone ${phone}`, npi && `NPI ${npi}`, taxId && `Tax ID ${taxId}`].filter((part) => part !== undefined && part !== '').join(' · ');

function subjectOf({ kind, level, decidedOn }: LetterFacts): string {
  const of = decidedOn === undefined ? 'of your decision' : `of the decision of ${inFull(decidedOn)}`;
  return `${MANNERS[kind].title}${kind === 'peer-to-peer' ? '' : ` (level ${level})`} ${of}`;
}

/** A row for each fact that is known. */
function referencesOf(facts: LetterFacts): [string, string][] {
  const { patient, service, clinician, deadline } = facts;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Patient', patient.birthDate === undefined ? patient.name : `${patient.name}, born ${inFull(patient.birthDate)}`],
    ['Member ID', facts.memberId],
    ['Group', facts.groupNumber],
    ['Your claim number', facts.payerClaimNumber],
    ['Our claim number', facts.claimNumber],
    ['Date of service', service && (service.start === service.end ? inFull(service.start) : `${inFull(service.start)} to ${inFull(service.end)}`)],
    ['Treating clinician', clinician && (clinician.npi === undefined ? clinician.name : `${clinician.name}, NPI ${clinician.npi}`)],
    ['Amount under appeal', dollars(totalOf(facts.contested))],
    ['Last day to appeal', deadline && inFull(deadline)],
  ];
  return rows.flatMap(([label, value]) => (value === undefined || value === '' ? [] : [[label, value]]));
}

const totalOf = (contested: readonly ContestedService[]): Cents => sum(contested.map(({ amount }) => amount));

const contestedTable = (contested: readonly ContestedService[]): Block => ({
  kind: 'table',
  columns: [
    { title: 'Line', width: 0.08 }, { title: 'Date', width: 0.15 }, { title: 'Service', width: 0.15 }, { title: 'Your reason', width: 0.46 }, { title: 'Amount', width: 0.16, align: 'right' },
  ],
  rows: contested.map(({ sequence, date, service, amount, code, meaning }) => [
    sequence === undefined ? 'All' : String(sequence), date === undefined ? '' : shortDate(date, LANGUAGE), service ?? '', meaning === undefined ? code : `${code}: ${meaning}`, dollars(amount),
  ]),
  ...(contested.length > 1 ? { total: ['', '', '', 'Total', dollars(totalOf(contested))] } : {}),
});

const paragraphs = (text: string): Block[] => text.split(/\n\s*\n/).map((part) => part.trim()).filter((part) => part !== '').map((part) => ({ kind: 'paragraph', text: part }));

/** What was wrong on the claim, what is right, and why. */
function correctionBlocks({ corrections, reasons }: LetterFacts): Block[] {
  if (corrections.length === 0) return [];
  return [
    { kind: 'heading', text: 'What we have corrected on the claim' },
    {
      kind: 'table',
      columns: [{ title: 'Line', width: 0.1 }, { title: 'Element', width: 0.3 }, { title: 'Was', width: 0.3 }, { title: 'Is', width: 0.3 }],
      rows: corrections.map(({ sequence, element, before, after }) => [sequence === undefined ? 'All' : String(sequence), capitalised(element), before, after]),
    },
    ...reasons.map((text): Block => ({ kind: 'paragraph', text })),
  ];
}

const enclosureBlocks = (enclosures: readonly string[]): Block[] =>
  enclosures.length === 0 ? [] : [{ kind: 'heading', text: 'Enclosures' }, { kind: 'list', items: enclosures.map(capitalised) }];

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
