import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { FhirResource } from 'fhir/r4.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { Conformance } from '../../../../src/fhir/conformance.js';
import { HeldTerminology } from '../../../../src/fhir/terminology/index.js';
import { claimsIn } from '../../../../src/fhir/validation/profiles/claims.js';
import type { ProfileCheck } from '../../../../src/fhir/validation/profiles/profile-check.js';
import { Profiles } from '../../../../src/fhir/validation/profiles/profiles.js';
import type { JsonObject } from '../../../../src/fhir/validation/rule.js';
import { inProject } from '../../../../src/root.js';

/** Real resources that claim to meet profiles of US Core and CARIN BB: of CMS's Blue Button, of Inferno's tests. */
const folder = inProject('..', 'shared', 'samples', 'fhir');
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
if (files.length === 0) console.log('skipped: profiles on samples, since ../shared/samples/fhir is missing');

const claims = files.flatMap((file) => {
  const resource = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as FhirResource;
  return claimsIn(resource as unknown as JsonObject, resource.resourceType).map((claim) => [`${file} ${claim.at} ${claim.profile}`, claim] as const);
});

/** What Inferno's bundle is right to be told: its first entry is of an unknown type, and says no amounts at all. */
const FOUND: Readonly<Record<string, string[]>> = {
  'inferno-c4bb--c4bb_eob_include_bundle.json Bundle.entry[0].resource http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Inpatient-Institutional|2.0.0': [
    'EOB-inpatient-item-or-header-adjudication Bundle.entry[0].resource', 'profile-binding Bundle.entry[0].resource.type', 'profile-min Bundle.entry[0].resource', 'profile-pattern Bundle.entry[0].resource.type',
  ],
};

describe.runIf(files.length > 0)('real resources meet the profiles that they claim', () => {
  let check: ProfileCheck;
  beforeAll(async () => {
    const { resources } = Conformance.read(inProject('profiles'));
    check = await new Profiles(resources, new HeldTerminology(resources)).load();
  });

  it('of which many are held', () => expect(claims.filter(([, { claimant, profile }]) => check.against(claimant, profile)).length).toBeGreaterThan(15));

  it.each(claims)('%s', (name, { claimant, profile, at }) => {
    expect((check.against(claimant, profile, { at }) ?? []).map(({ id, expression }) => `${id} ${expression}`).sort()).toEqual(FOUND[name] ?? []);
  });
});
