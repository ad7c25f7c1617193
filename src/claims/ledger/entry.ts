import type { Basic, Extension } from 'fhir/r4.js';
import { CANONICAL, structureDefinition } from '../canonical.js';
import { isWriteOffClass, type WriteOffClass } from '../disposition/write-off-class.js';
import { parseAmount, toMoney, type Cents } from '../money.js';

/** What an entry does (`CodeSystem/ledger`). */
export const ENTRY_CODES = [
  'charge', 'payer-payment', 'patient-payment', 'contractual-adjustment', 'other-adjustment', 'write-off', 'transfer-to-patient', 'transfer-to-payer', 'refund-due', 'reversal',
] as const;
export type EntryCode = (typeof ENTRY_CODES)[number];

/** One entry of a patient's ledger: made once, never changed. */
export interface LedgerEntry {
  readonly id: string;
  readonly code: EntryCode;
  /** Of a reversal: the code of what it takes back. */
  readonly reverses?: EntryCode | undefined;
  /** What it does to the balance. */
  readonly amount: Cents;
  /** `Account/1`. */
  readonly account: string;
  /** The first claim for the same services, `Claim/1`: what the entries of a claim and of its next payers' claims have in common. */
  readonly root: string;
  /** What it is about; the entries of one place add up to what is true of it. Empty: somebody has made the entry by hand. */
  readonly place: string;
  /** What caused it, e.g. `ClaimResponse/1`. */
  readonly source: string;
  /** Line of the claim. */
  readonly line?: number | undefined;
  readonly writeOffClass?: WriteOffClass | undefined;
  readonly reason?: string | undefined;
  readonly approvedBy?: readonly string[] | undefined;
  /** YYYY-MM-DD. */
  readonly created: string;
}

export const LEDGER_SYSTEM = `${CANONICAL}/CodeSystem/ledger`;
/** Of `Basic.identifier`: the entries of one claim and its next payers' claims, and the entries of one place among them. */
export const LEDGER_CLAIM_SYSTEM = `${CANONICAL}/NamingSystem/ledger-claim`;
export const LEDGER_PLACE_SYSTEM = `${CANONICAL}/NamingSystem/ledger-place`;

/** The entry as a resource of the profile `cobalt-ledger-entry`. A reversal has a second coding: what it takes back. */
export const toBasic = (entry: LedgerEntry): Basic => ({
  resourceType: 'Basic',
  id: entry.id,
  meta: { profile: [structureDefinition('cobalt-ledger-entry')] },
  extension: [
    { url: structureDefinition('amount'), valueMoney: toMoney(entry.amount) },
    { url: structureDefinition('entry-source'), extension: [{ url: 'resource', valueReference: { reference: entry.source } }, ...(entry.line === undefined ? [] : [{ url: 'line', valuePositiveInt: entry.line }])] },
    ...(entry.writeOffClass === undefined ? [] : [{ url: structureDefinition('write-off-class'), valueCode: entry.writeOffClass }]),
    ...(entry.reason === undefined ? [] : [{ url: structureDefinition('reason'), valueString: entry.reason }]),
    ...(entry.approvedBy ?? []).map((reference) => ({ url: structureDefinition('approved-by'), valueReference: { reference } })),
  ],
  identifier: [{ system: LEDGER_CLAIM_SYSTEM, value: entry.root }, { system: LEDGER_PLACE_SYSTEM, value: entry.place }],
  code: { coding: [entry.code, ...(entry.reverses === undefined ? [] : [entry.reverses])].map((code) => ({ system: LEDGER_SYSTEM, code })) },
  subject: { reference: entry.account },
  created: entry.created,
});

/** The entry of a resource; undefined for a Basic that is none, or that states no amount in whole cents. */
export function readEntry(basic: Basic): LedgerEntry | undefined {
  const codes = (basic.code.coding ?? []).flatMap(({ system, code }) => (system === LEDGER_SYSTEM ? ENTRY_CODES.filter((known) => known === code) : []));
  const code = codes.includes('reversal') ? 'reversal' : codes[0];
  const amount = parseAmount(extensionOf(basic, 'amount')?.valueMoney?.value ?? NaN);
  if (code === undefined || amount === undefined) return undefined;
  const source = extensionOf(basic, 'entry-source')?.extension ?? [];
  const of = extensionOf(basic, 'write-off-class')?.valueCode;
  return {
    id: basic.id ?? '',
    code,
    reverses: code === 'reversal' ? codes.find((one) => one !== 'reversal') : undefined,
    amount,
    account: basic.subject?.reference ?? '',
    root: identifierOf(basic, LEDGER_CLAIM_SYSTEM) ?? '',
    place: identifierOf(basic, LEDGER_PLACE_SYSTEM) ?? '',
    source: source.find(({ url }) => url === 'resource')?.valueReference?.reference ?? '',
    line: source.find(({ url }) => url === 'line')?.valuePositiveInt,
    writeOffClass: isWriteOffClass(of) ? of : undefined,
    reason: extensionOf(basic, 'reason')?.valueString,
    approvedBy: (basic.extension ?? []).flatMap(({ url, valueReference }) => (url === structureDefinition('approved-by') && valueReference?.reference !== undefined ? [valueReference.reference] : [])),
    created: basic.created ?? '',
  };
}

/** Whether a Basic is an entry of a ledger. */
export const isLedgerEntry = ({ code }: Basic): boolean => code.coding?.some(({ system }) => system === LEDGER_SYSTEM) ?? false;

const extensionOf = ({ extension }: Basic, name: string): Extension | undefined => extension?.find(({ url }) => url === structureDefinition(name));
const identifierOf = ({ identifier }: Basic, system: string): string | undefined => identifier?.find((one) => one.system === system)?.value;
