import type { FhirResource, Group } from 'fhir/r4.js';
import type { Caller } from '../../fhir/access/caller.js';
import type { Inputs, Level } from '../../fhir/operation/operation.js';
import { parseQuery } from '../../fhir/interactions/target.js';
import { errors, FhirError } from '../../fhir/outcome.js';
import { isAboutOne } from '../../fhir/search/about-one.js';
import { compartmentTypes } from '../../fhir/search/compartment.js';
import type { Search } from '../../fhir/search/index.js';
import { needsSystem } from './client.js';
import type { ExportWork, Population } from './job.js';

/** Formats of Bulk Data Access 2.0, all of which are written as application/fhir+ndjson. An unescaped + arrives as a space. */
const FORMATS: ReadonlySet<string> = new Set(['application/fhir+ndjson', 'application/fhir ndjson', 'application/ndjson', 'ndjson']);
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** What a kick-off asks for, of what its caller (`asClient`) may read and search. @throws {FhirError} 400 for what it can't have, each with its parameter; 403 for a type that no scope names. */
export function askExport(inputs: Inputs, at: { readonly level: Level; readonly target: FhirResource | undefined }, caller: Caller | undefined, search: Search): Pick<ExportWork, 'population' | 'types' | 'since' | 'filters'> {
  const format = inputs.string('_outputFormat');
  if (format !== undefined && !FORMATS.has(format)) throw errors.notSupported('Resources are exported one a line: _outputFormat is application/fhir+ndjson', inputs.one('_outputFormat')?.expression || undefined);
  const since = inputs.string('_since')?.replace(/ (\d\d:\d\d)$/, '+$1');
  if (since !== undefined && (!INSTANT.test(since) || Number.isNaN(Date.parse(since)))) throw errors.value('The parameter _since takes an instant, such as 2026-11-22T08:00:00Z', inputs.one('_since')?.expression || undefined);
  const population = populationOf(at);
  return { population, types: typesOf(inputs, population, caller, search), ...(since === undefined ? {} : { since }), filters: filtersOf(inputs, search) };
}

function populationOf({ level, target }: { readonly level: Level; readonly target: FhirResource | undefined }): Population {
  if (target) return { level: 'group', id: (target as Group).id ?? '', version: Number(target.meta?.versionId) };
  return { level: level === 'type' ? 'patient' : 'system' };
}

/** What is about the server itself and may be more than all the rest: it is exported where `_type` names it. */
const ONLY_BY_NAME: ReadonlySet<string> = new Set(['AuditEvent']);

/** Of patients: what R4 puts into a patient's compartment, and the patients. */
function typesOf(inputs: Inputs, { level }: Population, caller: Caller | undefined, search: Search): string[] {
  const possible = level === 'system' ? search.types : [...new Set(['Patient', ...compartmentTypes('Patient')])].filter((type) => search.types.includes(type));
  const asked = inputs.all('_type').flatMap(({ value, expression }) => String(value).split(',').map((type) => ({ type: type.trim(), expression })));
  for (const { type, expression } of asked) {
    if (!search.types.includes(type)) throw errors.value('The parameter _type takes names of resource types of FHIR R4', expression || undefined);
    if (!possible.includes(type)) throw errors.notSupported(`${type} is in no patient's compartment: export it from the whole system`, expression || undefined);
  }
  const mayRead = (type: string): boolean => !caller || caller.scopes.some((grant) => (grant.type === '*' || grant.type === type) && grant.permissions.has('r') && grant.permissions.has('s'));
  const types = asked.length === 0 ? possible.filter((type) => mayRead(type) && !ONLY_BY_NAME.has(type)).sort() : [...new Set(asked.map(({ type }) => type))];
  const lacking = asked.length === 0 && types.length === 0 ? ['*'] : types.filter((type) => !mayRead(type));
  if (caller && lacking.length > 0) throw needsSystem(caller, lacking.map((type) => ({ type, permissions: ['r', 's'] })));
  return types;
}

/** `Type?name=value&…`, each decided for a resource alone; several with commas between, as a query has no other way (a comma that is a value's own is escaped). */
function filtersOf(inputs: Inputs, search: Search): ExportWork['filters'] {
  return inputs.all('_typeFilter').flatMap(({ value, expression }) => String(value).split(/,(?=[A-Z][A-Za-z]+\?)/).map((filter) => {
    const [type = '', ...rest] = filter.split('?');
    const query = rest.join('?');
    if (!search.types.includes(type) || query === '') throw errors.value('The parameter _typeFilter takes a search, such as Claim?status=active', expression || undefined);
    try {
      if (!isAboutOne(search.conditionFor(type, parseQuery(query)).where)) throw errors.notSupported('A chain or _has asks for other resources: _typeFilter takes what a resource says itself', expression || undefined);
    } catch (error) {
      throw error instanceof FhirError && error.issues[0] ? new FhirError(400, { ...error.issues[0], ...(expression ? { expression } : {}) }) : error;
    }
    return { type, query };
  }));
}
