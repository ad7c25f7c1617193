/**
 * patch — R4 §3.1.0.6. `PATCH [base]/[type]/[id]` with a JSON Patch (`application/json-patch+json`) or a FHIRPath Patch
 * (a Parameters resource); in a Bundle the entry's resource is a Binary that holds the JSON Patch, or the Parameters.
 *
 * | current version | answer |
 * |---|---|
 * | never stored | 404 |
 * | deleted | 410 |
 * | not the one that `If-Match` names | 412 |
 * | the patch can't be applied, a `test` fails, or what comes out is not valid | 422 |
 * | otherwise | 200 |
 *
 * The patch is applied to the stored text: what it does not name keeps every byte. `id` and what the server states in
 * `meta` can't be patched. Without `If-Match` a patch that meets another change is applied again, to what stands then.
 */
import type { Stored } from '../../store/store.js';
import { scan } from '../json/scan.js';
import { spanAt } from '../json/spans.js';
import { errors, FhirError } from '../outcome.js';
import { ifMatch } from './etag.js';
import type { Call, Fhir, WritePlan } from './interaction.js';
import { mustFit } from './body.js';
import { patchDocument, type Patch } from './patch-document.js';
import { prepare, type Prepared } from './preparation.js';
import { mustStand } from './read.js';
import { conflict, putPlan } from './written.js';

export async function patch(call: Call, fhir: Fhir): Promise<WritePlan> {
  const document = patchDocument(call.request);
  return patchPlan(mustStand(await fhir.store.read(call.type, call.id), call.type), document, call, fhir);
}

/** The plan that leaves the patched text of `stored`. */
export function patchPlan(stored: Stored, document: Patch, call: Call, fhir: Fhir): WritePlan {
  const named = ifMatch(call.request);
  if (named !== undefined && named !== stored.version) throw conflict('version', undefined);
  const { type, id, version } = stored;
  const { body, index } = patched(stored, document, call, fhir);
  const change = { op: 'put', method: 'PATCH', type, id, body, index, expect: { version, isOurs: named === undefined } } as const;
  return { ...putPlan(change, call, fhir), replan: named === undefined };
}

function patched({ type, body }: Stored, document: Patch, { resolve }: Call, { search, checkClaims, secrets }: Fhir): Prepared {
  const before = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const after = document.apply(before, type);
  mustFit(after.length);
  try {
    const scanned = scan(after);
    mustKeep(before, after);
    return prepare(scanned, { type, expression: undefined, search, resolve, checkClaims, secrets });
  } catch (error) {
    throw error instanceof FhirError && error.status === 400 ? new FhirError(422, error.issues) : error;
  }
}

/** What a patch may not change; `meta` as a whole may be replaced, and need not say what the server states. */
const KEPT = [{ path: ['resourceType'] }, { path: ['id'] }, { path: ['meta', 'versionId'], mayGo: true }, { path: ['meta', 'lastUpdated'], mayGo: true }];

function mustKeep(before: string, after: string): void {
  for (const { path, mayGo = false } of KEPT) {
    const [was, is] = [before, after].map((text) => {
      const span = spanAt(text, path);
      return span && text.slice(span.start, span.end);
    });
    if (was !== is && !(mayGo && is === undefined)) throw errors.processing(`A patch may not change ${path.join('.')}: the server states it`);
  }
}
