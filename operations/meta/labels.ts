import type { Coding, FhirResource, Meta } from 'fhir/r4.js';
import type { OperationCall, OperationContext } from '../../src/fhir/operation/operation.js';

/** What a meta tells of a resource and clients may change. */
export type Labels = Pick<Meta, 'profile' | 'tag' | 'security'>;

/** The lists of `stated` with those of `added` that are not in them. */
export const withLabels = (stated: Labels, added: Labels): Labels => ({
  profile: [...new Set([...(stated.profile ?? []), ...(added.profile ?? [])])],
  tag: merged(stated.tag, added.tag),
  security: merged(stated.security, added.security),
});

/** The lists of `stated` without those of `removed`. */
export const withoutLabels = (stated: Labels, removed: Labels): Labels => ({
  profile: stated.profile?.filter((each) => !removed.profile?.includes(each)),
  tag: stated.tag?.filter((each) => !has(removed.tag, each)),
  security: stated.security?.filter((each) => !has(removed.security, each)),
});

/**
 * Stores the resource of a call with other labels, if they differ; answers the meta that stands.
 * @throws {FhirError} 412 when the resource was changed meanwhile.
 */
export async function relabelled({ target, in: inputs }: OperationCall, { resources }: OperationContext, change: (stated: Labels, given: Labels) => Labels): Promise<Meta> {
  const { meta = {} } = target as FhirResource;
  const { profile, tag, security, ...rest } = meta;
  const stated = withoutEmpty({ profile, tag, security });
  const labels = withoutEmpty(change(stated, inputs.one('meta')?.value as Meta));
  if (JSON.stringify(labels) === JSON.stringify(stated)) return meta;
  const [stored] = await resources.commit([{ put: { ...(target as FhirResource), meta: { ...rest, ...labels } }, expectVersion: Number(meta.versionId) }]);
  return stored?.meta ?? labels;
}

/** FHIR has no empty lists. */
const withoutEmpty = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).filter(([, list]) => list !== undefined && list.length > 0));

const merged = (stated: readonly Coding[] = [], added: readonly Coding[] = []): Coding[] => added.reduce<Coding[]>((list, each) => (has(list, each) ? list : [...list, each]), [...stated]);

/** Labels are told apart by system and code (R4 $meta-add). */
const has = (list: readonly Coding[] | undefined, { system, code }: Coding): boolean => list?.some((each) => each.system === system && each.code === code) ?? false;
