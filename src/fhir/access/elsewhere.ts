import { isDeepStrictEqual } from 'node:util';
import type { Coding, Extension, FhirResource, Identifier } from 'fhir/r4.js';
import { CANONICAL } from '../canonical.js';
import type { Issue } from '../outcome.js';

type Loose = FhirResource & { readonly identifier?: Identifier | readonly Identifier[] };

/**
 * Under `patient/` nobody says anew at which other server a resource is, and as what: an identifier that is an address
 * there (`https://payer.example/fhir`, `Patient/77`), and Cobalt's own marks in `meta`. By these the records of other
 * servers are brought here, and whoever gives a patient the address of another gets what is that one's.
 * What stood there before may stay, or go. Undefined: there is nothing of the kind.
 */
export function knownElsewhere(after: FhirResource, stood: FhirResource | undefined): Issue | undefined {
  const type = after.resourceType;
  const isNew = (list: readonly unknown[] | undefined) => (each: unknown): boolean => !(list ?? []).some((one) => isDeepStrictEqual(one, each));
  const said = [
    ...anew('identifier', identifiersOf(after), (each) => isAddress(each, type) && isNew(identifiersOf(stood))(each)),
    ...anew('meta.extension', after.meta?.extension ?? [], (each: Extension) => each.url.startsWith(`${CANONICAL}/`) && isNew(stood?.meta?.extension)(each)),
    ...anew('meta.tag', after.meta?.tag ?? [], (each: Coding) => each.system?.startsWith(`${CANONICAL}/`) === true && isNew(stood?.meta?.tag)(each)),
  ];
  if (said[0] === undefined) return undefined;
  return { severity: 'error', code: 'forbidden', id: 'known-elsewhere', text: 'At which other server a resource is can’t be said with a patient/ scope', expression: `${type}.${said[0]}` };
}

const anew = <T>(list: string, elements: readonly T[], isSaid: (element: T) => boolean): string[] => elements.flatMap((element, index) => (isSaid(element) ? [`${list}[${index}]`] : []));

/** Of a Bundle or a QuestionnaireResponse there is one identifier at most. */
const identifiersOf = (resource: FhirResource | undefined): readonly Identifier[] => {
  const { identifier = [] } = (resource ?? {}) as Partial<Loose>;
  return Array.isArray(identifier) ? (identifier as readonly Identifier[]) : [];
};

const isAddress = ({ system, value }: Identifier, type: string): boolean => /^https?:/i.test(system ?? '') && value?.startsWith(`${type}/`) === true;
