import type { Cursor, Journal } from '../../fhir/journal.js';

/** How far a subscription has been served: a fact that is kept from when it is first seen until it ends. */
export interface State {
  /** All up to here was told, where it was to be told. */
  readonly place: Cursor;
  /** When what stands there was made, milliseconds. */
  readonly at: number;
  /** When the subscription began, milliseconds. */
  readonly from: number;
  /** Events told since it began. */
  readonly events: number;
  /** Whether the endpoint has taken the handshake of a topic. */
  readonly greeted?: boolean;
  /** When something was last sent that the endpoint has taken, milliseconds. */
  readonly sent?: number;
  /** Since when every attempt has failed, and how many have; with when the next may be made, milliseconds. */
  readonly failing?: { readonly since: number; readonly attempts: number; readonly again: number; readonly why: string } | undefined;
  /** What was told already though it stands behind what may still come (`Type/id/version` → when it was made): stores of several processes only. */
  readonly told?: Readonly<Record<string, number>>;
  /** Which process serves it, and until when nobody else may: stores of several processes only. */
  readonly lease?: { readonly owner: string; readonly until: number };
}

const PREFIX = 'subscription/';
const nameOf = (id: string): string => `${PREFIX}${id}`;

/** A state as it was read: what a change of it must replace. */
export interface Held {
  readonly state: State;
  readonly text: string;
}

export async function readState(id: string, journal: Journal): Promise<Held | undefined> {
  const text = await journal.getFact(nameOf(id));
  return text === undefined ? undefined : { state: JSON.parse(text) as State, text };
}

/** Undefined where another was faster. */
export async function writeState(id: string, before: Held | undefined, state: State, journal: Journal): Promise<Held | undefined> {
  const text = JSON.stringify(state);
  return (await journal.swapFact(nameOf(id), before?.text, text)) ? { state, text } : undefined;
}

/** The subscription has ended: nothing of it is left. */
export async function dropState(id: string, journal: Journal): Promise<void> {
  for (let text = await journal.getFact(nameOf(id)); text !== undefined; text = await journal.getFact(nameOf(id))) {
    if (await journal.swapFact(nameOf(id), text, undefined)) return;
  }
}

/** Of which subscriptions there is a state. */
export const heldStates = async (journal: Journal): Promise<string[]> => [...(await journal.facts(PREFIX)).keys()].map((name) => name.slice(PREFIX.length));
