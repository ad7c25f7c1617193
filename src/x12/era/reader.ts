/** 835 → values. Which loop a segment belongs to is decided by what came before: header, party, claim, line, summary. */
import { Envelope, type TransactionSet, type TransactionSetHeader } from '../envelope.js';
import { X12Error } from '../position.js';
import { positionOf, verbatim, type Elements } from '../segment.js';
import { tokenize, type X12Source } from '../tokenizer.js';
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
 * The remittances of a file, each when its transaction set was read: memory for one set, however large the file. What is
 * wrong inside a set is said when it ends, and only if its envelope is right.
 * @throws {X12Error} as `readTransactionSets`; a set that is no 835; a required element that is missing or of the wrong type
 */
export async function* readRemittances(source: X12Source): AsyncGenerator<Remittance> {
  const envelope = new Envelope();
  let reading: RemittanceReading | undefined;
  for await (const tokenizer of tokenize(source)) {
    while (tokenizer.next()) {
      switch (envelope.take(tokenizer, tokenizer.delimiters)) {
        case 'begins':
          reading = new RemittanceReading(envelope.set);
          break;
        case 'inside':
          reading?.take(tokenizer);
          break;
        case 'ends':
          if (reading) yield reading.done();
      }
    }
  }
}

/** @throws {X12Error} the set is no 835, or an element of it can't be read */
export function readRemittance(set: TransactionSet): Remittance {
  const reading = new RemittanceReading({ ...set, ordinal: set.segments[0]?.ordinal ?? 0 });
  for (const segment of set.segments.slice(1, -1)) reading.take(segment);
  return reading.done();
}

interface OpenParty {
  readonly name: string;
  readonly id?: Qualified;
  readonly references: Qualified[];
}

/** N101. */
const PARTIES: Readonly<Record<string, 'payer' | 'payee'>> = { PR: 'payer', PE: 'payee' };

/** BPR and TRN have their elements (bank accounts, in BPR too, stand in the file only); LX only numbers what follows; a claim keeps its CLP. */
const IN_PAYMENT: ReadonlySet<string> = new Set(['BPR', 'TRN', 'LX', 'CLP']);

class RemittanceReading {
  readonly #set: TransactionSetHeader;
  readonly #claims: OpenClaim[] = [];
  readonly #adjustments: ProviderAdjustment[] = [];
  readonly #findings: EraFinding[] = [];
  readonly #segments: string[] = [];
  readonly #header: { payment?: EraPayment; trace?: Remittance['trace']; currency?: string; receiver?: string; productionDate?: string; payer?: OpenParty; payee?: OpenParty } = {};
  /** The party whose N3, N4, REF and PER follow. */
  #party: OpenParty | undefined;
  #claim: OpenClaim | undefined;
  /** What is wrong first. Nothing is read after it. */
  #refusal: X12Error | undefined;

  constructor(set: TransactionSetHeader) {
    this.#set = set;
    if (set.code === '835') return;
    const kind = KINDS[set.code];
    this.#refusal = new X12Error('x12-transaction-set', { segment: set.ordinal, id: 'ST', element: 1 }, `the transaction set is ${kind === undefined ? 'of another kind' : `${kind} (${set.code})`}, and a remittance (835) is read here`);
  }

  take(segment: Elements): void {
    if (this.#refusal) return;
    try {
      this.#read(segment);
    } catch (error) {
      if (!(error instanceof X12Error)) throw error;
      this.#refusal = error;
    }
  }

  #read(segment: Elements): void {
    const { id } = segment;
    if (!IN_PAYMENT.has(id) && (this.#claim === undefined || id === 'PLB')) this.#segments.push(verbatim(segment, this.#set.delimiters));
    if (id === 'CLP') {
      this.#claim = readClaim(segment, this.#set.delimiters);
      this.#claims.push(this.#claim);
    } else if (id === 'PLB') {
      this.#claim = undefined;
      this.#adjustments.push(...readProviderAdjustments(segment, this.#set.delimiters));
    } else if (id === 'LX') this.#claim = undefined;
    else if (this.#claim) takeInClaim(this.#claim, segment, this.#set.delimiters, this.#findings);
    else if (this.#claims.length === 0) this.#takeInHeader(id, segment);
  }

  #takeInHeader(id: string, segment: Elements): void {
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

  #takeParty(segment: Elements): void {
    const value = optional(segment, 4);
    const party = { name: textOf(segment, 2), ...(value === undefined ? {} : { id: { qualifier: textOf(segment, 3), value } }), references: [] };
    const role = textOf(segment, 1);
    const field = PARTIES[role];
    this.#party = field && party;
    if (field === undefined) return;
    mustBeFirst(this.#header[field], segment);
    this.#header[field] = party;
  }

  #takeReference(segment: Elements): void {
    const qualifier = textOf(segment, 1);
    const value = textOf(segment, 2);
    if (this.#party) this.#party.references.push({ qualifier, value });
    else if (qualifier === 'EV') this.#header.receiver = value;
  }

  /** @throws {X12Error} */
  done(): Remittance {
    if (this.#refusal) throw this.#refusal;
    const position = { segment: this.#set.ordinal, id: 'ST' };
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
      segments: this.#segments,
      providerAdjustments: this.#adjustments,
      findings: this.#findings,
    };
  }
}

function setIfStated<K extends string>(target: { [P in K]?: string }, name: K, value: string | undefined): void {
  if (value !== undefined) target[name] = value;
}

function mustBeFirst(before: unknown, segment: Elements): void {
  if (before !== undefined) throw new X12Error('x12-element', positionOf(segment), 'the segment stands twice in one transaction set');
}

function mustStand<T>(value: T | undefined, what: string, position: { readonly segment: number; readonly id: string }): T {
  if (value === undefined) throw new X12Error('x12-element', position, `the transaction set has no ${what}`);
  return value;
}
