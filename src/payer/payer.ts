import { createHash } from 'node:crypto';
import type { ClaimResponse, CommunicationRequest } from 'fhir/r4.js';
import type { Adjudication } from '../claims/model.js';
import { toClaimResponse } from '../claims/write-claim-response.js';
import { behaviourOf, type Behaviour, type Later } from './behaviours.js';
import { decide, reversalOf, type Packet } from './decide.js';

/** How a claim was received. */
export type Reception =
  | { readonly kind: 'answered'; readonly response: ClaimResponse }
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'out-of-order' };

interface Case {
  readonly packet: Packet;
  readonly number: string;
  readonly first: ClaimResponse;
  /** What is still to come, each from its time on; undefined until documents have come. */
  due: number | undefined;
  readonly later: readonly ClaimResponse[];
}

/** How often a payer that is out of order fails before it takes a claim. */
const FAILURES = 2;
/** An exact duplicate of a claim that it has. */
const DUPLICATE = { group: 'CO', carc: '18' } as const;

/** A payer that lives in memory: what it has received, and what it answers when. */
export class SimulatedPayer {
  readonly #cases = new Map<string, Case>();
  readonly #failures = new Map<string, number>();
  readonly #delayMs: number;
  readonly #now: () => Date;

  constructor({ delayMs, now }: { readonly delayMs: number; readonly now: () => Date }) {
    this.#delayMs = delayMs;
    this.#now = now;
  }

  /** Takes a claim, once for each key; the same key again gets the same answer. */
  receive(packet: Packet, key: string): Reception {
    const known = this.#cases.get(key);
    if (known) return { kind: 'answered', response: known.first };
    const behaviour = behaviourOf(packet.coverage.subscriberId ?? '');
    if (behaviour.first === 'refuse') return { kind: 'refused', text: 'The claim is not taken: the member is not eligible for electronic claims' };
    const failures = this.#failures.get(key) ?? 0;
    if (behaviour.first === 'fail' && failures < FAILURES) {
      this.#failures.set(key, failures + 1);
      return { kind: 'out-of-order' };
    }
    const taken = this.#open(packet, this.#isDuplicate(packet) ? { ...behaviour, first: 'answer', later: [], denial: DUPLICATE } : behaviour, key);
    this.#cases.set(key, taken);
    return { kind: 'answered', response: taken.first };
  }

  /** Documents about a claim have come: what waits for them is decided. */
  receiveDocuments(claim: string): void {
    for (const one of this.#about([claim])) one.due ??= this.#dueTime();
  }

  /** All answers so far about claims of these references or numbers, in their order. */
  answersAbout(names: readonly string[]): ClaimResponse[] {
    return this.#about(names).flatMap((one) => [one.first, ...(one.due !== undefined && one.due <= this.#now().getTime() ? one.later : [])]);
  }

  /** An answer by its id. */
  answer(id: string): ClaimResponse | undefined {
    return this.answersAbout([...this.#cases.values()].map(({ number }) => number)).find((response) => response.id === id);
  }

  /** What comes after the first answer, for those who push it; none while documents are waited for. */
  laterAbout(claim: string): { readonly responses: readonly ClaimResponse[]; readonly inMs: number } | undefined {
    const one = this.#about([claim]).at(-1);
    return one?.due === undefined || one.later.length === 0 ? undefined : { responses: one.later, inMs: Math.max(0, one.due - this.#now().getTime()) };
  }

  #open(packet: Packet, behaviour: Behaviour, key: string): Case {
    const number = `SIM${digest(key).slice(0, 12).toUpperCase()}`;
    const date = this.#now().toISOString().slice(0, 10);
    const decision = decide(packet, behaviour, date, number);
    const write = (adjudication: Adjudication, name: string): ClaimResponse =>
      toClaimResponse(adjudication, { type: packet.claim.type, id: digest(`${key} ${name}`).slice(0, 32), requestor: packet.claim.provider });
    const followUps: Readonly<Record<Later, () => Adjudication>> = {
      decision: () => decision,
      repeat: () => decision,
      reversal: () => reversalOf(decision, date),
      correction: () => decide(packet, { ...behaviour, rate: '0.5' }, date, `${number}C`),
    };
    return {
      packet, number,
      first: behaviour.first === 'queue' ? acknowledgement(write(decision, 'first'), behaviour) : write(decision, 'first'),
      due: behaviour.asksForDocuments ? undefined : this.#dueTime(),
      later: behaviour.later.map((name) => write(followUps[name](), name)),
    };
  }

  /** A first bill (frequency 1, or none stated) with the number of one that it has, under another key. */
  #isDuplicate({ claim }: Packet): boolean {
    const isReplacement = claim.extension?.some(({ url, valueCode }) => url.endsWith('/claim-frequency') && valueCode !== '1') ?? false;
    return !isReplacement && this.#about([`Claim/${claim.id ?? ''}`]).length > 0;
  }

  #about(names: readonly string[]): Case[] {
    return [...this.#cases.values()].filter(({ packet: { claim }, number }) =>
      names.some((name) => name === number || name === `Claim/${claim.id ?? ''}` || name.endsWith(`/Claim/${claim.id ?? ''}`) || (claim.identifier ?? []).some(({ value }) => value === name)));
  }

  #dueTime = (): number => this.#now().getTime() + this.#delayMs;
}

/** The claim is there and nothing is decided: no amounts. */
function acknowledgement(decision: ClaimResponse, { asksForDocuments }: Behaviour): ClaimResponse {
  const { resourceType, id, identifier, status, type, use, patient, created, insurer, requestor, request, insurance } = decision;
  const acknowledged: ClaimResponse = {
    resourceType, ...(id === undefined ? {} : { id }), ...(identifier ? { identifier } : {}), status, type, use, patient, created, insurer,
    ...(requestor ? { requestor } : {}), ...(request ? { request } : {}), outcome: 'queued', disposition: 'Received', ...(insurance ? { insurance } : {}),
  };
  if (!asksForDocuments) return acknowledged;
  const asked: CommunicationRequest = { resourceType: 'CommunicationRequest', id: 'documents', status: 'active', payload: [{ contentString: 'Send the medical records of the services' }] };
  return { ...acknowledged, contained: [asked], communicationRequest: [{ reference: '#documents' }] };
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
