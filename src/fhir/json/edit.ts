import type { FhirResource } from 'fhir/r4.js';
import type { BodyPart } from '../../store/store.js';
import { errors } from '../outcome.js';
import { membersExact } from './exact.js';
import type { Scan, Span } from './scan.js';
import { memberSpans } from './spans.js';

/** `parts` stand where [start, end) stood; `start === end` inserts. */
export interface Edit extends Span {
  readonly parts: readonly BodyPart[];
}

/**
 * A resource's text as the parts of a stored body: the slots of id and meta stand in their places (a missing id right
 * after `resourceType`, a missing meta after the id), the client's other members of meta stay, everything else is byte
 * for byte as it came. `edits` (references that a transaction resolves) are applied too; their spans count in
 * `scanned.text` and lie outside `id`.
 * @throws {FhirError} 400 when there is no `resourceType`.
 */
export function withIdAndMeta(scanned: Scan, edits: readonly Edit[] = []): BodyPart[] {
  const { text, members } = scanned;
  const type = members.get('resourceType');
  if (!type) throw errors.structure('The resource has no resourceType. Say which type it is');
  const id = members.get('id');
  const meta = members.get('meta');
  const afterId = id?.end ?? type.end;
  const own: Edit[] = [
    id ? { start: id.start, end: id.end, parts: ID } : { start: type.end, end: type.end, parts: [',"id":', ...ID] },
    meta ? { start: meta.start, end: meta.end, parts: metaParts(text, meta, edits) } : { start: afterId, end: afterId, parts: [',"meta":{', { slot: 'meta' }, '}'] },
  ];
  return applyEdits(text, [...own, ...edits.filter((edit) => !meta || !within(edit, meta))]);
}

const ID: readonly BodyPart[] = ['"', { slot: 'id' }, '"'];

/** The same of a resource that is a value: it is written out, each number with its digits, with the id and meta at its beginning. */
export function bodyOf(resource: FhirResource): BodyPart[] {
  const meta = resource.meta ? membersExact(resource.meta, SERVER_OWNED) : '';
  const rest = membersExact(resource, IN_FRONT);
  return [`{"resourceType":"${resource.resourceType}","id":"`, { slot: 'id' }, '","meta":{', { slot: 'meta' }, `${meta === '' ? '' : `,${meta}`}}${rest === '' ? '' : `,${rest}`}}`];
}

const IN_FRONT: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta']);

/** Members of meta that the server states itself (FHIR R4 §2.26.3.6). */
const SERVER_OWNED: ReadonlySet<string> = new Set(['versionId', '_versionId', 'lastUpdated', '_lastUpdated']);

function metaParts(text: string, meta: Span, edits: readonly Edit[]): BodyPart[] {
  const kept = [...memberSpans(text, meta)].filter(([key]) => !SERVER_OWNED.has(key));
  const members = kept.flatMap(([, { keyStart, end }]) => {
    const member = { start: keyStart, end };
    return [',', ...applyEdits(text, edits.filter((edit) => within(edit, member)), member)];
  });
  return ['{', { slot: 'meta' }, ...members, '}'];
}

const within = (inner: Span, outer: Span): boolean => inner.start >= outer.start && inner.end <= outer.end;

/** A part of the text with the edits in it. Edits at the same place keep their order; neighbouring strings become one part. */
function applyEdits(text: string, edits: readonly Edit[], part: Span = { start: 0, end: text.length }): BodyPart[] {
  const parts: BodyPart[] = [];
  let literal = '';
  let position = part.start;
  for (const { start, end, parts: inserted } of [...edits].sort((a, b) => a.start - b.start)) {
    literal += text.slice(position, start);
    for (const each of inserted) {
      if (typeof each === 'string') {
        literal += each;
      } else {
        if (literal) parts.push(literal);
        parts.push(each);
        literal = '';
      }
    }
    position = end;
  }
  literal += text.slice(position, part.end);
  if (literal) parts.push(literal);
  return parts;
}
