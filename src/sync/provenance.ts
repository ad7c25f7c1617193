import type { FhirResource, Provenance } from 'fhir/r4.js';
import type { ResourceChange } from '../fhir/resources.js';
import { madeId } from './checkpoint.js';
import type { Source } from './source.js';
import { upstreamOf } from './upstream.js';

/** A resource as it is put, over which version (0: it is new). */
interface Put {
  readonly put: FhirResource;
  readonly expectVersion: number;
}

interface Origin {
  readonly source: Source;
  /** Tells what was written at different times apart. */
  readonly run: string;
  readonly now: () => Date;
}

/** Where what is written comes from: the versions of the source that it rests on (R4 Provenance); one for what is new, one for what is changed. */
export function provenancesOf(puts: readonly Put[], origin: Origin): Provenance[] {
  const [made, changed] = [puts.filter(({ expectVersion }) => expectVersion === 0), puts.filter(({ expectVersion }) => expectVersion > 0)];
  return [...(made.length > 0 ? [provenance('CREATE', made, origin)] : []), ...(changed.length > 0 ? [provenance('UPDATE', changed, origin)] : [])];
}

/** Changes of what stands here (marks, references that were found, coverages that follow a patient), with where they come from. */
export function withProvenance(changes: readonly ResourceChange[], origin: Origin): ResourceChange[] {
  const puts = changes.flatMap((change) => ('put' in change && change.expectVersion !== undefined && upstreamOf(change.put) ? [{ put: change.put, expectVersion: change.expectVersion }] : []));
  return [...changes, ...provenancesOf(puts, origin).map((put) => ({ put, ifAbsent: true }))];
}

function provenance(activity: 'CREATE' | 'UPDATE', puts: readonly Put[], { source, run, now }: Origin): Provenance {
  const names = puts.map(({ put: { resourceType, id = '' }, expectVersion }) => `${resourceType}/${id}/${expectVersion}`);
  return {
    resourceType: 'Provenance',
    id: madeId('provenance', run, ...names),
    target: puts.map(({ put: { resourceType, id = '' } }) => ({ reference: `${resourceType}/${id}` })),
    recorded: now().toISOString(),
    activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: activity }] },
    agent: [{
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }] },
      who: { ...(source.clientId === undefined ? {} : { identifier: { system: source.base, value: source.clientId } }), display: 'Cobalt $sync' },
    }],
    entity: puts.map(({ put }) => ({ role: 'source', what: { reference: addressOf(put) } })),
  };
}

/** `meta.source` without the run, and the version there: whoever's run it is, of the source that it came from. */
function addressOf(put: FhirResource): string {
  const version = upstreamOf(put)?.version;
  return `${put.meta?.source?.split('#')[0] ?? ''}${version === undefined ? '' : `/_history/${version}`}`;
}
