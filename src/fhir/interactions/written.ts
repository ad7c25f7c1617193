import { composeResult } from '../../store/body.js';
import { ConflictError, type ChangeResult, type ConflictCode, type Once, type PutChange } from '../../store/store.js';
import { FhirError, toOutcome, type IssueCode } from '../outcome.js';
import type { Call, Fhir, FhirResponse, WritePlan } from './interaction.js';
import { preferences } from './preferences.js';

/** What a put did → status (R4 §3.1.0.8, §3.1.0.4), and how `Prefer: return=OperationOutcome` tells it. */
const OUTCOMES: Readonly<Record<ChangeResult['outcome'], { readonly status: number; readonly text: string }>> = {
  created: { status: 201, text: 'The resource was created' },
  updated: { status: 200, text: 'The resource was updated' },
  unchanged: { status: 200, text: 'The resource stood there already, word for word: no new version was made' },
  matched: { status: 200, text: 'A resource that meets the condition was there already: nothing was written' },
  deleted: { status: 204, text: 'The resource was deleted' },
  absent: { status: 204, text: 'There was nothing to delete' },
};

/** The plan of a create or update: after the commit it answers with the composed text, without reading it back. */
export function putPlan(change: PutChange, call: Call, fhir: Fhir): WritePlan {
  return {
    change,
    async answer(results, at) {
      const result = results[at];
      if (result?.id === undefined) throw new Error('a put left no resource');
      const { status, text } = OUTCOMES[result.outcome];
      const head = { status, version: result.version, lastUpdated: result.lastUpdated, location: versionUrl(fhir, { ...result, id: result.id }) };
      const wanted = preferences(call.request).return;
      if (wanted === 'minimal') return head;
      if (wanted === 'OperationOutcome') return { ...head, ...informational(text) };
      return { ...head, body: result.outcome === 'matched' ? await storedBody(fhir, { ...result, id: result.id }) : Buffer.from(composeResult(change.body, at, results)) };
    },
  };
}

async function storedBody(fhir: Fhir, { type, id, version }: { type: string; id: string; version: number }): Promise<Uint8Array> {
  const stored = await fhir.store.readVersion(type, id, version);
  if (!stored) throw new Error('a resource that a condition matched is not there');
  return stored.body;
}

const versionUrl = ({ baseUrl }: Fhir, { type, id, version }: { type: string; id: string; version: number }): string => `${baseUrl}/${type}/${id}/_history/${version}`;

export function deletedResponse(result: ChangeResult | undefined, call: Call): FhirResponse {
  if (!result) throw new Error('a delete left no result');
  // Of several deletions none is the one that the answer's ETag would name.
  const gone = result.outcome === 'deleted' && (result.count ?? 1) === 1 ? { version: result.version, lastUpdated: result.lastUpdated } : {};
  if (preferences(call.request).return === 'OperationOutcome') return { status: 200, ...gone, ...informational(OUTCOMES[result.outcome].text) };
  return { status: 204, ...gone };
}

const informational = (text: string): Pick<FhirResponse, 'body' | 'tellsOutcome'> => ({
  body: Buffer.from(JSON.stringify(toOutcome([{ severity: 'information', code: 'informational', text }]))),
  tellsOutcome: true,
});

/** Plans one change and commits it alone. @throws {FhirError} 400, 412 when the state of the store is against it. */
export const commitAlone = (planned: () => Promise<WritePlan>, fhir: Fhir, once?: Once): Promise<FhirResponse> =>
  replanned(async () => {
    const plan = await planned();
    try {
      return await plan.answer(await fhir.store.commit([plan.change], { once }), 0);
    } catch (error) {
      throw error instanceof ConflictError ? refusedCommit(error, [plan], undefined) : error;
    }
  });

/** What a plan was made from has changed since: plan again. */
class Outdated extends Error {
  readonly conflict: FhirError;

  constructor(conflict: FhirError) {
    super('the plan was made from a version that is not current any more');
    this.conflict = conflict;
  }
}

/** Each time, one of those that compete goes through. */
const MOST_PLANS = 100;

/** Plans and commits, again as long as only what was read meanwhile changed. */
export async function replanned<T>(attempt: () => Promise<T>): Promise<T> {
  for (let plans = 1; ; plans++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
      if (plans === MOST_PLANS) throw error.conflict;
    }
  }
}

/** What to throw for a commit of `plans` that the store refused; `expression` is the place of the refused change. */
export function refusedCommit({ code, change }: ConflictError, plans: readonly WritePlan[], expression: string | undefined): Error {
  const refused = conflict(code, expression);
  return code === 'version' && plans[change]?.replan ? new Outdated(refused) : refused;
}

const CONFLICTS: Readonly<Record<ConflictCode, { readonly status: number; readonly code: IssueCode; readonly text: string }>> = {
  version: { status: 412, code: 'conflict', text: 'The resource is not in the version that was expected: read it again and repeat the change on what stands there now' },
  multiple: { status: 412, code: 'multiple-matches', text: 'The condition matches more than one resource: make it match one' },
  none: { status: 412, code: 'not-found', text: 'The condition matches no resource: make it match one' },
  'id-taken': { status: 409, code: 'conflict', text: 'The condition matches none, but the id of the resource is taken: leave the id out, or update that resource' },
  reused: { status: 422, code: 'business-rule', text: 'This Idempotency-Key came with another request before: use a key for one request only' },
  overlap: { status: 400, code: 'invalid', text: 'Another entry changes the same resource: change each resource once in a transaction' },
  'id-mismatch': { status: 400, code: 'invalid', text: 'The condition matches a resource with another id than the body has: leave the id out, or correct it' },
};

/** What a refused commit means to the client. */
export function conflict(code: ConflictCode, expression: string | undefined): FhirError {
  const { status, ...issue } = CONFLICTS[code];
  return new FhirError(status, { severity: 'error', ...issue, ...(expression ? { expression } : {}) });
}
