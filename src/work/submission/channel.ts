import type { Claim, ClaimResponse, DocumentReference, FhirResource } from 'fhir/r4.js';
import type { Resources } from '../../fhir/resources.js';
import type { Send } from '../../outbound/index.js';

/** What goes to a payer: the claim and what it refers to. */
export interface Packet {
  readonly claim: Claim;
  readonly resources: readonly FhirResource[];
  /** Where the rest is looked up. */
  readonly store: Resources;
  /** Names this sending: the same key is the same claim, however often it is sent. */
  readonly key: string;
  /** Our FHIR base. */
  readonly baseUrl: string;
  /** FHIR instant. */
  readonly timestamp: string;
}

/** Bytes as they are sent or received. */
export interface Content {
  readonly contentType: string;
  readonly body: Uint8Array;
  /** The id of its record, where no other content may ever have the same. */
  readonly id?: string;
}

/** A claim that was handed over, as it is sent. */
export interface Sent {
  readonly key: string;
  readonly document: DocumentReference;
  readonly content: Content;
}

/** What came of asking a payer. `content` is its answer as it came. */
export type Delivery =
  /** It has the claim; `responses` is what it says about it, none where it only took it. */
  | { readonly kind: 'answered'; readonly content: Content; readonly responses: readonly ClaimResponse[] }
  /** It does not take the claim as it is. */
  | { readonly kind: 'refused'; readonly content: Content; readonly status: number; readonly reasons: readonly string[] }
  /** Whether it has the claim is not known: ask again. */
  | { readonly kind: 'unreachable'; readonly why: string; readonly afterMs?: number | undefined }
  /** It goes with others, and they are waited for. `state` in plain words. */
  | { readonly kind: 'waits'; readonly state: string; readonly until: Date }
  /** A person sends it. */
  | { readonly kind: 'by-hand' };

/** Where a claim is sent. */
export interface Destination {
  /** `Endpoint.address`, without a slash at the end. */
  readonly address: string;
  /** The claim as the payer knows it, `https://…/Claim/1`. */
  readonly claimUrl: string;
}

/** What a channel works with. */
export interface Means {
  readonly send: Send;
  readonly store: Resources;
  readonly now: () => Date;
}

/** One way in which claims get to payers. */
export interface Channel {
  /** Code of `Endpoint.connectionType` (http://terminology.hl7.org/CodeSystem/endpoint-connection-type, or our own). */
  readonly connectionType: string;
  /** Whether `Endpoint.address` is called. */
  readonly callsAddress: boolean;
  /** Whether it takes what a payer takes on paper only. */
  readonly isPaper: boolean;
  /** @throws {FhirError} 422: the claim can't be written so */
  write(packet: Packet): Promise<Content>;
  /** Sends what was written. Never rejects for what the other side does. */
  deliver(sent: Sent, destination: Destination, means: Means): Promise<Delivery>;
  /** Asks what has become of a claim that it has. */
  ask(sent: Sent, destination: Destination, means: Means): Promise<Delivery>;
}

/** The ways there are, by the code of `Endpoint.connectionType`. */
export type Channels = ReadonlyMap<string, Channel>;
