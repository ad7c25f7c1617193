import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { FhirResource } from 'fhir/r4.js';
import type { Issue } from '../outcome.js';
import { inProject } from '../../root.js';
import { ExtensionDefinitions } from './extensions.js';
import { Findings } from './issue.js';
import { ElementModel } from './model.js';
import { isObject } from './rule.js';
import type { ShapeValidator } from './shape.js';
import type { ElementTable } from './table.js';
import { Walk } from './walk.js';
import type { Validators } from './walk.js';

export interface ValidationOptions {
  /** Where the resource stands in what was sent, e.g. `Bundle.entry[1].resource`; default: its type. */
  readonly prefix?: string;
  /** The type that the resource must have. */
  readonly expectType?: string;
}

let prepared: Validators | undefined;
let preparing: Promise<void> | undefined;
const types = new Set<string>();

/** All resource types of FHIR R4 (empty until `prepareValidation` has resolved). */
export const resourceTypes: ReadonlySet<string> = types;

/**
 * Loads the table of elements and the validators that the build has generated; once, however often it is called.
 * @throws {Error} when they are missing: `npm run build` makes them.
 */
export function prepareValidation(): Promise<void> {
  return (preparing ??= load());
}

/**
 * Everything that is wrong with a resource parsed from JSON; empty: valid. At most 50 issues, all of severity `error`,
 * each with an expression. Resources inside it (contained, entries, parameters) are validated too. Text that comes from
 * outside must have passed `scan`, which limits its depth.
 * @throws {Error} before `prepareValidation` has resolved.
 */
export function validateResource(value: unknown, options: ValidationOptions = {}): Issue[] {
  if (!prepared) throw new Error('prepareValidation must have resolved before a resource is validated');
  const type = isObject(value) && typeof value.resourceType === 'string' && types.has(value.resourceType) ? value.resourceType : undefined;
  const findings = new Findings(options.prefix ?? type ?? options.expectType ?? 'Resource');
  if (type !== undefined && options.expectType !== undefined && type !== options.expectType) {
    findings.report('structure', `A ${options.expectType} was expected here, not a ${type}.`, 'resource-type');
  }
  new Walk(prepared, findings).resource(value);
  return findings.issues;
}

/**
 * The types and elements of R4, as the validation knows them.
 * @throws {Error} before `prepareValidation` has resolved.
 */
export function elementModel(): ElementModel {
  if (!prepared) throw new Error('prepareValidation must have resolved before the elements are known');
  return prepared.model;
}

/**
 * Makes the extensions among `resources` (StructureDefinitions, with the ValueSets and CodeSystems that they bind)
 * part of validation, instead of those registered before.
 * @throws {Error} before `prepareValidation` has resolved.
 */
export function registerProfiles(resources: readonly FhirResource[]): void {
  if (!prepared) throw new Error('prepareValidation must have resolved before profiles are registered');
  prepared = { ...prepared, extensions: new ExtensionDefinitions(resources, types).check };
}

async function load(): Promise<void> {
  const [table, shapes] = await Promise.all([
    readFile(inProject('dist', 'generated', 'elements.json'), 'utf8'),
    import(pathToFileURL(inProject('dist', 'generated', 'validators.js')).href) as Promise<Record<string, ShapeValidator>>,
  ]);
  const model = new ElementModel(JSON.parse(table) as ElementTable);
  for (const name of model.resourceTypes) types.add(name);
  prepared = { model, shapes, extensions: () => undefined };
}
