/** 835 → values. Which loop a segment belongs to is decided by what came before: header, party, claim, line, summary. */
import { readTransactionSets, type TransactionSet } from '../envelope.js';
import { X12Error } from '../position.js';
import { idOf, positionOf, type Delimiters, type Segment } from '../segment.js';
import type { X12Source } from '../tokenizer.js';
import { optional, readDay, required, textOf } from '../values.js';
import { readClaim, takeInClaim, type OpenClaim } from './read-claim.js';
import { readPayment, readProviderAdjustments } from './read-payment.js';
import type { EraFinding, EraParty, EraPayment, ProviderAdjustment, Qualified, Remittance } from './remittance.js';

/** What transaction sets are, for the text that refuses one; our words. */
const KINDS: Readonly<Record<string, string>> = {
  '270': 'an eligibility question', '271': 'an eligibility answer', '276': 'a claim status question', '277': 'a claim status or acknowledgement', '278': 'an authorisation',
  '820': 'a premium payment', '834': 'an enrolment', '837': 'a claim', '997': 'a functional acknowledgement', '999': 'an implementation acknowledgement', 'TA1': 'an interchange acknowledgement',
};

/**
 * The remittances of a file, each when its transaction set was read: memory for one set, however large the file.
 * @throws {X12Error} as `readTransactionSets`; a set that is no 835; a required element that is missing or of the wrong type
 */
export async function* readRemittances(source: X12Source): AsyncGenerator<Remittance> {
  for await (const set of readTransactionSets(source)) yield readRemittance(set);
}

/** @throws {X12Error} the set is no 835, or an element of it can't be read */
export function readRemittance(set: TransactionSet): Remittance {
  const [first] = set.segments;
  if (set.code !== '835') {
    const kind = KINDS[set.code];
    throw new X12Error('x12-transaction-set', { segment: first?.ordinal ?? 0, id: 'ST', element: 1 }, `the transaction set is ${kind === undefined ? 'of another kind' : `${kind} (${set.code})`}, and a remittance (835) is read here`);
  }
  const reading = new RemittanceReading(set);
  for (const segment of set.segments) reading.take(segment);
  return reading.done();
}

interface OpenParty {
  readonly name: string;
  readonly id?: Qualified;
  readonly references: Qualified[];
}

/** N101. */
const PARTIES: Readonly<Record<string, 'payer' | 'payee'>> = { PR: 'payer', PE: 'payee' };

class RemittanceReading {
  readonly #set: TransactionSet;
  readonly #delimiters: Delimiters;
  readonly #claims: OpenClaim[] = [];
  readonly #adjustments: ProviderAdjustment[] = [];
  readonly #findings: EraFinding[] = [];
  readonly #header: { payment?: EraPayment; trace?: Remittance['trace']; currency?: string; receiver?: string; productionDate?: string; payer?: OpenParty; payee?: OpenParty } = {};
  /** The party whose N3, N4, REF and PER follow. */
  #party: OpenParty | undefined;
  #claim: OpenClaim | undefined;

  constructor(set: TransactionSet) {
    this.#set = set;
    this.#delimiters = set.delimiters;
  }

  take(segment: Segment): void {
    const id = idOf(segment);
    if (id === 'CLP') {
      this.#claim = readClaim(segment);
      this.#claims.push(this.#claim);
    } else if (id === 'PLB') {
      this.#claim = undefined;
      this.#adjustments.push(...readProviderAdjustments(segment, this.#delimiters));
    } else if (id === 'LX') this.#claim = undefined;
    else if (this.#claim) takeInClaim(this.#claim, segment, this.#delimiters, this.#findings);
    else if (this.#claims.length === 0) this.#takeInHeader(id, segment);
  }

  #takeInHeader(id: string, segment: Segment): void {
    const header = this.#header;
    switch (id) {
      case 'BPR':
        mustBeFirst(header.payment, segment);
        header.payment = readPayment(segment, this.#findings);
        return;
      case 'TRN':
        mustBeFirst(header.trace, segment);
        header.trace = { number: required(segment, 2), originator: textOf(segment, 3) };
        return;
      case 'CUR':
        setIfStated(header, 'currency', optional(segment, 2));
        return;
      case 'DTM':
        if (textOf(segment, 1) === '405') setIfStated(header, 'productionDate', readDay(textOf(segment, 2)));
        return;
      case 'N1':
        this.#takeParty(segment);
        return;
      case 'REF':
        this.#takeReference(segment);
    }
  }

  #takeParty(segment: Segment): void {
    const value = optional(segment, 4);
    const party = { name: textOf(segment, 2), ...(value === undefined ? {} : { id: { qualifier: textOf(segment, 3), value } }), references: [] };
    const role = textOf(segment, 1);
    const field = PARTIES[role];
    this.#party = field && party;
    if (field === undefined) return;
    mustBeFirst(this.#header[field], segment);
    this.#header[field] = party;
  }

  #takeReference(segment: Segment): void {
    const qualifier = textOf(segment, 1);
    const value = textOf(segment, 2);
    if (this.#party) this.#party.references.push({ qualifier, value });
    else if (qualifier === 'EV') this.#header.receiver = value;
  }

  done(): Remittance {
    const [first] = this.#set.segments;
    const position = { segment: first?.ordinal ?? 0, id: 'ST' };
    const { payment, trace, payer, payee, ...stated } = this.#header;
    const groupDate = readDay(this.#set.group.date);
    const paid = mustStand(payment, 'BPR', position);
    mustStand(paid.date ?? stated.productionDate ?? groupDate, 'date, in BPR16, DTM*405 or GS04', paid.position);
    return {
      control: this.#set.control,
      version: this.#set.group.version,
      position,
      payment: paid,
      trace: mustStand(trace, 'TRN', position),
      ...stated,
      ...(groupDate === undefined ? {} : { groupDate }),
      payer: mustStand<EraParty>(payer, 'N1*PR', position),
      payee: mustStand<EraParty>(payee, 'N1*PE', position),
      claims: this.#claims,
      providerAdjustments: this.#adjustments,
      findings: this.#findings,
    };
  }
}

function setIfStated<K extends string>(target: { [P in K]?: string }, name: K, value: string | undefined): void {
  if (value !== undefined) target[name] = value;
}

function mustBeFirst(before: unknown, segment: Segment): void {
  if (before !== undefined) throw new X12Error('x12-element', positionOf(segment), 'the segment stands twice in one transaction set');
}

function mustStand<T>(value: T | undefined, what: string, position: { readonly segment: number; readonly id: string }): T {
  if (value === undefined) throw new X12Error('x12-element', position, `the transaction set has no ${what}`);
  return value;
}
