/**
 * transaction — R4 §3.1.0.11.2: all entries or none, in one commit of the store.
 *
 * Order: DELETE, POST, PUT and PATCH; among these, what has conditional references comes last, so that they find what the others
 * make; GET when all is committed.
 *
 * | a condition matches | `ifNoneExist` | conditional update, delete | conditional reference |
 * |---|---|---|---|
 * | none | created | created; nothing to delete | 412 |
 * | one | the match stands for the entry | updated, deleted | the match is referred to |
 * | many | 412 | 412 | 412 |
 *
 * PATCH is applied to what stood before the transaction; by a condition it is as alone: none 404, many 412.
 * A failure of one entry is the answer to all; its `expression` says which entry. A GET that fails answers for itself.
 */
import { ConflictError, type DeleteChange, type Once, type PutChange } from '../../store/store.js';
import { asSent, ForbiddenChangeError } from '../guard.js';
import type { Fhir, FhirRequest, FhirResponse, Routed, WritePlan } from '../interactions/interaction.js';
import { refusedCommit, replanned } from '../interactions/written.js';
import { errors } from '../outcome.js';
import { allowance, isRead } from './allowance.js';
import { atEntry, requestOf, type Entry } from './entries.js';
import { Identities } from './identities.js';
import { pace } from '../pace.js';
import { findReference, hasConditionalReference } from './references.js';

/** An entry with the interaction that it asks for, and its place in the Bundle. */
interface Step {
  readonly entry: Entry;
  readonly place: number;
  readonly routed: Routed;
}

export async function transaction(entries: readonly Entry[], whole: FhirRequest, fhir: Fhir): Promise<FhirResponse[]> {
  const steps = entries.map((entry, place) => toStep(entry, place, whole, fhir));
  const writes = inOrder(steps.filter(isWrite));
  mustBeDistinct(writes);
  const written = await replanned(async () => {
    const identities = identitiesOf(writes, fhir);
    return committed(writes, await planned(writes, identities, fhir), identities, { fhir, once: whole.once });
  });
  const read = allowance(whole, fhir);
  const pause = pace();
  const responses: FhirResponse[] = [];
  for (const step of steps) {
    responses.push(written.get(step.place) ?? (await read(step.routed.call.request)));
    await pause();
  }
  return responses;
}

function toStep(entry: Entry, place: number, whole: FhirRequest, fhir: Fhir): Step {
  try {
    const request = requestOf(entry, whole, fhir);
    const step = { entry, place, routed: fhir.route(request) };
    if (!isWrite(step) && !isRead(request)) {
      throw errors.notSupported('A transaction takes create, read, update, patch, delete and searches: send this entry on its own, or in a batch');
    }
    return step;
  } catch (error) {
    throw atEntry(error, entry.expression);
  }
}

const isWrite = ({ routed }: Step): boolean => routed.interaction.kind === 'write';

const ORDER = ['DELETE', 'POST', 'PUT', 'PATCH'];

const inOrder = (writes: readonly Step[]): Step[] => writes.map((step) => ({ step, rank: rank(step) })).sort((a, b) => a.rank - b.rank).map(({ step }) => step);

function rank({ entry, routed }: Step): number {
  const asks = entry.body !== undefined && 'scanned' in entry.body && hasConditionalReference(entry.body.scanned);
  return ORDER.indexOf(routed.call.request.method) + (asks ? ORDER.length : 0);
}

/** R4 §3.1.0.11.2: no resource may be changed twice. */
function mustBeDistinct(writes: readonly Step[]): void {
  const seen = new Set<string>();
  for (const { entry, routed: { call } } of writes) {
    if (call.request.method === 'POST') continue;
    const identity = call.id ? `${call.type}/${call.id}` : `${call.type}?${JSON.stringify(call.request.query)}`;
    if (seen.has(identity)) throw errors.invalid('Another entry changes the same resource: change each resource once in a transaction', `${entry.expression}.request.url`);
    seen.add(identity);
  }
}

function identitiesOf(writes: readonly Step[], { search, baseUrl }: Fhir): Identities {
  const left = writes.flatMap(({ entry, routed: { call } }, change) => {
    if (call.request.method === 'DELETE') return [];
    const id = call.id || ({ slot: 'result', change } as const);
    return [{ fullUrl: entry.fullUrl, target: { type: call.type, id } }];
  });
  return new Identities(left, writes.length, search, baseUrl);
}

async function planned(writes: readonly Step[], identities: Identities, fhir: Fhir): Promise<WritePlan[]> {
  const plans: WritePlan[] = [];
  const pause = pace();
  for (const [change, { entry, routed: { call, interaction } }] of writes.entries()) {
    if (interaction.kind !== 'write') continue;
    try {
      plans.push(await interaction.plan({ ...call, resolve: identities.resolver(change, entry.fullUrl) }, fhir));
    } catch (error) {
      throw atEntry(error, entry.expression);
    }
    await pause();
  }
  return plans;
}

/** The answers of the writes, by their place in the Bundle. */
async function committed(writes: readonly Step[], plans: readonly WritePlan[], identities: Identities, { fhir, once }: { readonly fhir: Fhir; readonly once: Once | undefined }): Promise<Map<number, FhirResponse>> {
  const results = await fhir.store.commit([...plans.map(({ change }) => untouched(change)), ...identities.matches], { once }).catch((error: unknown) => {
    const forbidden = error instanceof ForbiddenChangeError ? writes[error.change] : undefined;
    if (forbidden) throw atEntry(asSent(error, forbidden.routed.call.request), forbidden.entry.expression);
    throw error instanceof ConflictError ? refusedCommit(error, plans, refusedAt(error.change, writes, identities)) : error;
  });
  const answers = new Map<number, FhirResponse>();
  const pause = pace();
  for (const [change, plan] of plans.entries()) {
    const step = writes[change];
    if (step) answers.set(step.place, await plan.answer(results, change));
    await pause();
  }
  return answers;
}

/** What a condition matches is known only inside the commit: there too, nothing may be changed twice. */
const untouched = <C extends PutChange | DeleteChange>(change: C): C => ({ ...change, expect: { ...change.expect, untouched: true } });

/** Where the change that the store refused stands: an entry, or a conditional reference in one. */
function refusedAt(change: number, writes: readonly Step[], { asked }: Identities): string | undefined {
  const question = asked[change - writes.length];
  const entry = writes[question?.entry ?? change]?.entry;
  if (!question || !entry?.body || !('scanned' in entry.body)) return entry?.expression;
  return findReference(entry.body.scanned, question.reference, entry.body.expression);
}
