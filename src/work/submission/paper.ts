/** Claims by mail: the forms and what the payers before decided, as one packet (PDF) that a person mails. */
import { paperPacket, PDF } from '../paper/packet.js';
import type { Channel } from './channel.js';

/** What scrub finds that a packet settles: it is paper, and it has the explanations of the payers before. */
export const SETTLED_BY_PAPER: ReadonlySet<string> = new Set(['payer-paper-only', 'explanation-missing']);

export const paper: Channel = {
  connectionType: 'paper',
  callsAddress: false,
  isPaper: true,
  write: async ({ claim, store, timestamp }) => ({ contentType: PDF, body: await paperPacket(claim, [], store, timestamp, 'overlay') }),
  deliver: () => Promise.resolve({ kind: 'by-hand' }),
  ask: () => Promise.resolve({ kind: 'by-hand' }),
};
