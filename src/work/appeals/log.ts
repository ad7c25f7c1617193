import type { Claim, Communication, Task } from 'fhir/r4.js';
import type { Decision } from '../../claims/read-header.js';
import { relative } from '../../claims/read-header.js';
import { referenceTo } from '../../claims/derive/input.js';
import type { Resources } from '../../fhir/resources.js';

/** When a contact was made: sent, else received, else written down. */
export const contactTime = ({ sent, received, note, meta }: Communication): string => sent ?? received ?? note?.[0]?.time ?? meta?.lastUpdated ?? '';

/**
 * Every contact about the claims for the same services, their decisions and the appeals against them, the earliest first:
 * those whose `about` or `partOf` names one of these, and the answers to those (`inResponseTo`).
 */
export async function contactsAbout(patient: string, subjects: readonly (Claim | Decision | Task)[], resources: Resources): Promise<Communication[]> {
  const all = await resources.search<Communication>('Communication', `subject=${patient}`);
  const known = new Set(subjects.flatMap((subject) => referenceTo(subject) ?? []));
  const isNamed = (references: Communication['about']): boolean => references?.some(({ reference }) => known.has(relative(reference) ?? '')) ?? false;
  const found = new Set<Communication>();
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const one of all) {
      if (found.has(one) || !(isNamed(one.about) || isNamed(one.partOf) || isNamed(one.inResponseTo))) continue;
      found.add(one);
      known.add(referenceTo(one) ?? '');
    }
  }
  return inOrder([...found]);
}

export const inOrder = (contacts: readonly Communication[]): Communication[] =>
  [...contacts].sort((a, b) => compare(millisecondsOf(a), millisecondsOf(b)) || compare(a.id ?? '', b.id ?? ''));

const millisecondsOf = (contact: Communication): number => Date.parse(contactTime(contact)) || 0;
const compare = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
