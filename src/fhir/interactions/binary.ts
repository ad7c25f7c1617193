/**
 * A Binary in its own format — R4 Binary, "Serving Binary Resources using the RESTful API". Read or vread with an
 * `Accept` that takes no FHIR format:
 *
 * | `Accept` takes | answer |
 * |---|---|
 * | FHIR's JSON by its name | the resource |
 * | the `contentType` of the Binary by its name, as a browser does that opens a page | 200 with the content; scripts in it do not run |
 * | anything | the resource |
 * | the `contentType` by its kind (`image/*`) | 200 with the content |
 * | something else | 406 |
 */
import type { Binary } from 'fhir/r4.js';
import type { Store, Stored } from '../../store/store.js';
import { CANONICAL } from '../canonical.js';
import { errors } from '../outcome.js';
import type { FhirRequest, FhirResponse } from './interaction.js';
import { accepts, acceptsJson, namesRatherThanJson } from './negotiation.js';

/** Whether what is stored is asked for as its content. */
export const asContent = (request: FhirRequest, stored: Stored): boolean =>
  stored.type === 'Binary' && (!acceptsJson(request) || namesRatherThanJson(request, () => parsed(stored).contentType));

const parsed = ({ body }: Stored): Binary => JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as Binary;

/** The most that is answered at once of a Binary that stands in parts. */
const MOST_BYTES = 256 * 2 ** 20;

/** @throws {FhirError} 406 when the content is of a type that the client does not take; 413 and 404 as `joined` */
export async function content(request: FhirRequest, stored: Stored, store: Pick<Store, 'read'>): Promise<FhirResponse> {
  const { version, lastUpdated } = stored;
  const binary = parsed(stored);
  if (!accepts(request, binary.contentType)) throw errors.notAcceptable('This Binary has another content type: accept the one that it states, or application/fhir+json');
  const parts = partsOf(binary);
  const bytes = parts.length > 0 ? await joined(parts, store) : Buffer.from(binary.data ?? '', 'base64');
  return { status: 200, version, lastUpdated, contentType: binary.contentType, body: bytes, headers: { 'Content-Security-Policy': 'sandbox' } };
}

const BINARY_PART = `${CANONICAL}/StructureDefinition/binary-part`;

/** Ids of the Binaries that hold the content of one which is too large for a resource (extension `binary-part`). */
const partsOf = ({ _data }: Binary): string[] =>
  (_data?.extension ?? []).flatMap(({ url, valueReference }) => (url === BINARY_PART ? (/^Binary\/([A-Za-z0-9.-]{1,64})$/.exec(valueReference?.reference ?? '')?.[1] ?? []) : []));

/** @throws {FhirError} 404 a part is not there; 413 there is more than is answered at once: each part can be read for itself */
async function joined(ids: readonly string[], store: Pick<Store, 'read'>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for (const id of ids) {
    const stored = await store.read('Binary', id);
    if (!stored || stored.deleted) throw errors.notFound('A part of this Binary is not there any more');
    const part = Buffer.from(parsed(stored).data ?? '', 'base64');
    size += part.length;
    if (size > MOST_BYTES) throw errors.tooLarge(`The content is larger than ${MOST_BYTES / 2 ** 20} MB: read the parts that the resource names`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
