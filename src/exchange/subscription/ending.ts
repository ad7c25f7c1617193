import type { Subscription } from 'fhir/r4.js';
import type { Caller } from '../../fhir/access/caller.js';

/** When a subscription is served no more, milliseconds since 1970 (Infinity: not by itself), and why, unless it said so itself. */
export interface Ending {
  readonly at: number;
  readonly why?: string;
}

/**
 * By its own `end`, and by the token that it was written with: one for a user or a patient ends with that, since nobody
 * would be asked again whether they may still see it; one of `system/` scopes alone, whose tokens last minutes, goes on
 * as long as its issuer is one of those that are configured. Written again, it goes by the token of then.
 */
export function endingOf({ end }: Pick<Subscription, 'end'>, caller: Caller | undefined, trusts: (issuer: string) => boolean): Ending {
  const own: Ending = { at: end === undefined ? Infinity : Date.parse(end) };
  if (!caller) return own;
  if (!trusts(caller.issuer)) return { at: -Infinity, why: 'The issuer of the token that it was asked for with is not trusted any more' };
  if (caller.scopes.every(({ context }) => context === 'system')) return own;
  const token: Ending = { at: caller.expires ?? -Infinity, why: 'The token of a user or patient that it was asked for with has ended: send it again, with status requested' };
  return own.at <= token.at ? own : token;
}
