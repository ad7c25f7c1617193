import { fileURLToPath } from 'node:url';
import type { CodeSystem, CodeSystemConcept, ValueSet } from 'fhir/r4.js';
import { expansionOf, withoutVersion } from '../fhir/terminology/expansion.js';
import { currencies, CURRENCIES } from '../fhir/terminology/currencies.js';
import type { TerminologyTable } from '../fhir/terminology/held.js';
import { TERMINOLOGY } from '../fhir/terminology/held.js';
import { definitionVersions, structureDefinitions, terminology } from './definitions.js';
import { writeGenerated } from './output.js';

export const terminologyInputs: readonly string[] = [
  ...definitionVersions,
  ...['./terminology.js', './definitions.js', './output.js', '../fhir/terminology/held.js', '../fhir/terminology/expansion.js', '../fhir/terminology/filters.js'].map((file) => fileURLToPath(new URL(file, import.meta.url))),
];

/** Where HL7 publishes code systems of its own; others' (SNOMED CT, LOINC, DICOM, X12 …) are theirs to license. */
const OF_HL7 = /^http:\/\/(?:hl7\.org\/fhir|terminology\.hl7\.org\/CodeSystem)\//;
const OF_V2_OR_V3 = /^http:\/\/terminology\.hl7\.org\/CodeSystem\/v[23]-/;

/**
 * Writes R4's own code systems, those of HL7 v2 and v3 that an element of R4 is bound to, and the value sets that draw
 * on these alone (a `TerminologyTable`).
 */
export async function generateTerminology(outDir: string): Promise<void> {
  const known = terminology();
  const bound = boundSystems(known);
  const codeSystems = [...known.values()].filter((each): each is CodeSystem => each.resourceType === 'CodeSystem' && each.content === 'complete' && isHeld(each.url ?? '', bound));
  const held = new Set(codeSystems.map(({ url }) => url));
  const find = (url: string): ValueSet | CodeSystem | undefined => {
    const found = known.get(url);
    return url === CURRENCIES ? currencies() : found?.resourceType === 'CodeSystem' && !held.has(url) ? undefined : found;
  };
  const valueSets = [...known.values()].filter((each): each is ValueSet => each.resourceType === 'ValueSet' && drawsOnHeld(each, known, held) && 'concepts' in expansionOf(each, find));
  const table: TerminologyTable = { codeSystems: codeSystems.map(trimmedSystem), valueSets: valueSets.map(trimmedValueSet) };
  writeGenerated(outDir, TERMINOLOGY, JSON.stringify(table));
}

const isHeld = (url: string, bound: ReadonlySet<string>): boolean => OF_HL7.test(url) && (!OF_V2_OR_V3.test(url) || bound.has(url));

/** The code systems behind all required and extensible bindings. */
function boundSystems(known: ReadonlyMap<string, ValueSet | CodeSystem>): Set<string> {
  const systems = new Set<string>();
  const seen = new Set<string>();
  const visit = (canonical: string): void => {
    const valueSet = known.get(withoutVersion(canonical));
    if (seen.has(canonical) || valueSet?.resourceType !== 'ValueSet') return;
    seen.add(canonical);
    for (const { system, valueSet: imported } of valueSet.compose?.include ?? []) {
      if (system) systems.add(system);
      imported?.forEach(visit);
    }
  };
  for (const { derivation, snapshot } of structureDefinitions()) {
    if (derivation === 'constraint') continue;
    for (const { binding } of snapshot?.element ?? []) if (binding?.valueSet && (binding.strength === 'required' || binding.strength === 'extensible')) visit(binding.valueSet);
  }
  return systems;
}

/** Codes that a value set lists of a system that is not held stay out too. */
function drawsOnHeld({ compose }: ValueSet, known: ReadonlyMap<string, ValueSet | CodeSystem>, held: ReadonlySet<string | undefined>): boolean {
  return (compose?.include ?? []).every(({ system, valueSet }) =>
    (system === undefined || held.has(system) || system === CURRENCIES) &&
    (valueSet ?? []).every((url) => {
      const imported = known.get(withoutVersion(url));
      return imported?.resourceType === 'ValueSet' && drawsOnHeld(imported, known, held);
    }));
}

function trimmedSystem({ url, version, name, title, caseSensitive, property, concept }: CodeSystem): CodeSystem {
  return { resourceType: 'CodeSystem', url, version, name, title, status: 'active', caseSensitive, content: 'complete', property: property?.map(({ code, type }) => ({ code, type })), concept: concept?.map(trimmedConcept) };
}

const trimmedConcept = ({ code, display, definition, property, concept }: CodeSystemConcept): CodeSystemConcept => ({
  code, display, ...(definition === display ? {} : { definition: definition?.replace(/\s+/g, ' ').trim() }), property, concept: concept?.map(trimmedConcept),
});

const trimmedValueSet = ({ url, version, name, title, compose }: ValueSet): ValueSet => ({ resourceType: 'ValueSet', url, version, name, title, status: 'active', ...(compose ? { compose } : {}) });
