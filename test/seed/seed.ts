import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { inProject } from '../../src/root.js';

/** The seed's Bundles by file name, in the order in which they are loaded. */
export const bundles: readonly (readonly [file: string, bundle: Bundle])[] = readdirSync(inProject('seed'))
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => [name, JSON.parse(readFileSync(inProject('seed', name), 'utf8')) as Bundle]);

/** The seed's remittance (X12 835) for the patient of a Bundle, where there is one. */
export const remittanceOf = (file: string): Buffer | undefined => (existsSync(inProject('seed', `${file}.835`)) ? readFileSync(inProject('seed', `${file}.835`)) : undefined);

export const resources: readonly FhirResource[] = bundles.flatMap(([, { entry = [] }]) => entry.flatMap(({ resource }) => (resource as FhirResource | undefined) ?? []));

export const ofType = <T extends FhirResource['resourceType']>(type: T): Extract<FhirResource, { resourceType: T }>[] =>
  resources.filter((resource): resource is Extract<FhirResource, { resourceType: T }> => resource.resourceType === type);

/** One row of the table in `seed/README.md`. */
export interface Scenario {
  /** Name of the file without its ending. */
  readonly file: string;
  readonly shows: string;
  readonly patient: string;
  readonly date: string;
  readonly benefitType: string;
  readonly relatedCause: string;
  /** Coverages with the rule of each; none when the order is not determined. */
  readonly order: readonly { readonly coverage: string; readonly rule: string }[];
  /** The fact that is asked for, with its rule. */
  readonly missing: { readonly rule: string; readonly fact: string } | undefined;
  readonly claim: string;
  readonly reason: string;
  readonly next: { readonly coverage: string; readonly residual: string; readonly deadline: string } | undefined;
}

export const AS_OF = '2026-11-22';

export const scenarios: readonly Scenario[] = readFileSync(inProject('seed', 'README.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| `\d\d-/.test(line))
  .map((line) => toScenario(line.split('|').map((cell) => cell.trim())));

function toScenario([, name = '', shows = '', service = '', order = '', next = '']: string[]): Scenario {
  const file = name.replaceAll('`', '');
  const [date = '', ...words] = service.split(' ');
  const missing = /^needs-human: (\S+) `(\w+)`$/.exec(order);
  const derived = /derived: `(\S+)` (\S+) by (\S+)$/.exec(next);
  const [claim = '', reason = ''] = next.replaceAll('`', '').replace(':', '').split(' ');
  return {
    file, shows, date, reason,
    patient: `Patient/pat-${file.slice(3)}`,
    benefitType: words.find((word) => word === 'dental') ?? 'medical',
    relatedCause: words.find((word) => word === 'employment') ?? 'none',
    order: [...order.matchAll(/`(cov-\S+)` (\w+)/g)].map(([, id, rule = '']) => ({ coverage: `Coverage/${id}`, rule })),
    missing: missing?.[1] && missing[2] ? { rule: missing[1], fact: missing[2] } : undefined,
    claim: `Claim/${claim}`,
    next: derived?.[1] && derived[2] && derived[3] ? { coverage: `Coverage/${derived[1]}`, residual: derived[2], deadline: derived[3] } : undefined,
  };
}
