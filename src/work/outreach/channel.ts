import type { Address, CodeableConcept, ContactPoint } from 'fhir/r4.js';

/** A way to reach a person: what it is in v3-ParticipationMode, and whether somebody has to do it by hand. */
export interface Channel {
  readonly medium: CodeableConcept;
  /** A person writes or calls; otherwise a messaging system takes it from the server. */
  readonly isByHand: boolean;
}

interface ChannelRule extends Channel {
  readonly system: ContactPoint['system'];
}

const PARTICIPATION_MODE = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationMode';
/** A way in which something is said (v3 ParticipationMode). */
export const medium = (code: string, text: string): CodeableConcept => ({ coding: [{ system: PARTICIPATION_MODE, code }], text });

const CHANNELS: readonly ChannelRule[] = [
  { system: 'email', medium: medium('EMAILWRIT', 'email'), isByHand: false },
  { system: 'sms', medium: medium('ELECTRONIC', 'sms'), isByHand: false },
  { system: 'url', medium: medium('ONLINEWRIT', 'portal'), isByHand: false },
  { system: 'phone', medium: medium('PHONE', 'phone'), isByHand: true },
  { system: 'fax', medium: medium('FAXWRIT', 'fax'), isByHand: true },
];
const MAIL: Channel = { medium: medium('MAILWRIT', 'mail'), isByHand: true };

/** How a person may be reached: `telecom` and `address` as R4 has them. */
export interface Reachable {
  readonly telecom?: readonly ContactPoint[] | undefined;
  readonly address?: readonly Address[] | undefined;
}

/**
 * The preferred channel (`ContactPoint.rank`, 1 first; R102). Without a rank nobody has said that they may be written to
 * elsewhere than at home: mail, or the telephone where there is no address. Old and ended contact points are none.
 * Undefined: the person can't be reached.
 */
export function channelOf({ telecom = [], address = [] }: Reachable, today: string): Channel | undefined {
  const usable = telecom.filter(({ use, value, period }) => use !== 'old' && value !== undefined && (period?.end ?? today) >= today);
  const ranked = usable.filter(({ rank }) => rank !== undefined).sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  const preferred = ranked.flatMap(({ system }) => CHANNELS.filter((channel) => channel.system === system))[0];
  if (preferred) return preferred;
  if (address.some(({ use, period }) => use !== 'old' && (period?.end ?? today) >= today)) return MAIL;
  return CHANNELS.find(({ system }) => system === 'phone' && usable.some((point) => point.system === 'phone'));
}
