import { readFileSync } from 'node:fs';
import { inProject } from '../../root.js';

/** Compartment → type of resource → search parameters, any of which puts a resource into the compartment. */
export type CompartmentTable = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** The file below `dist/generated` (made by `src/build/compartments.ts`). */
export const COMPARTMENTS = 'compartments.json';

let table: CompartmentTable | undefined;

/** @throws {Error} when the build has not made the table. */
const compartments = (): CompartmentTable => (table ??= JSON.parse(readFileSync(inProject('dist', 'generated', COMPARTMENTS), 'utf8')) as CompartmentTable);

const compartment = (name: string): CompartmentTable[string] => (Object.hasOwn(compartments(), name) ? (compartments()[name] ?? {}) : {});

/** `Patient`, `Encounter` … */
export const compartmentNames = (): readonly string[] => Object.keys(compartments()).sort();

/**
 * The search parameters of `type` by which a resource belongs to a compartment (R4 §2.36; `Patient`, `Encounter`,
 * `RelatedPerson`, `Practitioner`, `Device`): it does when one of them leads to the compartment's resource. None: the
 * type is never in it. The compartment's own resource is in it too, without any parameter.
 */
export function compartmentParameters(name: string, type: string): readonly string[] {
  const parameters = compartment(name);
  return Object.hasOwn(parameters, type) ? (parameters[type] ?? []) : [];
}

/** The types that have resources in a compartment, by name; none for what is no compartment. */
export const compartmentTypes = (name: string): readonly string[] => Object.keys(compartment(name)).sort();
