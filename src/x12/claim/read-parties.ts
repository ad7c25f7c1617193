/** People, providers and payers of an 837 as FHIR resources. Their ids follow from what identifies them, so that the same one is the same in every file. */
import type { Address, ContactPoint, HumanName, Identifier, Location, Organization, Patient, Practitioner, RelatedPerson } from 'fhir/r4.js';
import { concept, SYSTEM } from '../../claims/codes.js';
import { listed } from '../../claims/write-common.js';
import { idOf, type Segment } from '../segment.js';
import { readDay, textOf } from '../values.js';
import { textIn } from './billed.js';
import { CONTACTS, GENDERS, PROVIDER_NUMBERS, SYSTEMS, toFhir } from './codes.js';
import type { Provider } from './facts.js';
import { own, type Loop } from './loops.js';

/** Makes the id of a resource from its cause. */
export type MakeId = (...cause: readonly string[]) => string;

const nameOf = (loop: Loop | undefined): Segment | undefined => loop?.segments.find((segment) => idOf(segment) === 'NM1');

/** 2010AA, 2310, 2420: a person (NM102 1) or an organization, with the numbers that `payer` (`Organization/1`) gave it. */
export function readProvider(loop: Loop, makeId: MakeId, payer: string | undefined): Provider {
  const nm1 = nameOf(loop);
  const identifier = [...nameIdentifier(nm1), ...numbers(own(loop, 'REF'), payer)];
  const specialty = [...own(loop, 'PRV')].map((segment) => ({ coding: [{ system: SYSTEMS.taxonomy, code: textOf(segment, 3) }] }));
  const cause = [textIn(nm1, 9) || identifier[0]?.value || '', textIn(nm1, 9) === '' ? [3, 4, 5].map((element) => textIn(nm1, element)).join(' ') : ''];
  const address = readAddress(loop);
  if (textIn(nm1, 2) === '1') {
    const practitioner: Practitioner = { resourceType: 'Practitioner', id: makeId('Practitioner', ...cause), ...listed('identifier', identifier), active: true, ...listed('name', humanName(nm1)), ...listed('telecom', own(loop, 'PER').flatMap(telecom)), ...listed('address', address) };
    return { ...practitioner, ...listed('qualification', specialty.map((code) => ({ code }))) };
  }
  return {
    resourceType: 'Organization', id: makeId('Organization', ...cause), ...listed('identifier', identifier), active: true,
    type: [concept({ system: SYSTEMS.organizationType, code: 'prov' }), ...specialty],
    ...named(nm1), ...listed('address', address),
    ...listed('contact', own(loop, 'PER').map((per) => ({ ...(textOf(per, 2) === '' ? {} : { name: { text: textOf(per, 2) } }), ...listed('telecom', telecom(per)) })).filter(({ telecom: points }) => points)),
  };
}

/** NM1*77: where the services were given. */
export function readFacility(loop: Loop, makeId: MakeId): Location {
  const nm1 = nameOf(loop);
  const [address] = readAddress(loop);
  return { resourceType: 'Location', id: makeId('Location', textIn(nm1, 9), textIn(nm1, 3), address?.line?.[0] ?? ''), ...listed('identifier', nameIdentifier(nm1)), status: 'active', ...named(nm1), ...(address ? { address } : {}) };
}

/** 2010BB, 2330B. */
export function readPayer(loop: Loop, makeId: MakeId): Organization {
  const nm1 = nameOf(loop);
  const value = textIn(nm1, 9) || undefined;
  return {
    resourceType: 'Organization', id: makeId('payer', value ?? textIn(nm1, 3)),
    ...(value === undefined ? {} : { identifier: [{ type: concept({ system: SYSTEM.c4bbIdentifierType, code: 'payerid' }), value }] }),
    active: true, type: [concept({ system: SYSTEMS.organizationType, code: 'pay' })], ...named(nm1), ...listed('address', readAddress(loop)),
  };
}

/** 2010BA or 2010CA as the patient. */
export function readPatient(loop: Loop | undefined, id: string): Patient {
  return { resourceType: 'Patient', id, active: true, ...personal(loop) };
}

/** A subscriber who is not the patient. */
export function readRelatedPerson(loop: Loop | undefined, patient: string, makeId: MakeId): RelatedPerson {
  const nm1 = nameOf(loop);
  return { resourceType: 'RelatedPerson', id: makeId('RelatedPerson', patient, textIn(nm1, 3), textIn(nm1, 4)), active: true, patient: { reference: patient }, ...personal(loop) };
}

function personal(loop: Loop | undefined): Pick<Patient, 'name' | 'gender' | 'birthDate' | 'address'> {
  const dmg = loop && own(loop, 'DMG')[0];
  const birthDate = readDay(textIn(dmg, 2));
  const gender = toFhir(GENDERS, textIn(dmg, 3)) as Patient['gender'];
  return { ...listed('name', humanName(nameOf(loop))), ...(gender ? { gender } : {}), ...(birthDate === undefined ? {} : { birthDate }), ...listed('address', loop ? readAddress(loop) : []) };
}

/** NM103 to NM107 of a person. */
function humanName(nm1: Segment | undefined): HumanName[] {
  const family = textIn(nm1, 3);
  const given = [4, 5].map((element) => textIn(nm1, element)).filter((name) => name !== '');
  const suffix = textIn(nm1, 7);
  return family === '' && given.length === 0 ? [] : [{ use: 'official', ...(family === '' ? {} : { family }), ...listed('given', given), ...(suffix === '' ? {} : { suffix: [suffix] }) }];
}

/** A name of an organization: R4 wants a name or an identifier. */
const named = (nm1: Segment | undefined): { readonly name?: string } => {
  const name = textIn(nm1, 3);
  return name === '' ? {} : { name };
};

/** N3 and N4. */
export function readAddress(loop: Loop, type?: Address['type']): Address[] {
  const [n3] = own(loop, 'N3');
  const [n4] = own(loop, 'N4');
  if (!n3 && !n4) return [];
  const [city, state, postalCode, country] = [1, 2, 3, 4].map((element) => textIn(n4, element));
  return [{
    ...(type ? { type } : {}), ...listed('line', [1, 2].map((element) => textIn(n3, element)).filter((line) => line !== '')),
    ...(city ? { city } : {}), ...(state ? { state } : {}), ...(postalCode ? { postalCode } : {}), ...(country ? { country } : {}),
  }];
}

/** PER03 to PER08. */
const telecom = (per: Segment): ContactPoint[] => [3, 5, 7].flatMap((element) => {
  const system = toFhir(CONTACTS, textOf(per, element)) as ContactPoint['system'];
  const value = textOf(per, element + 1);
  return system === undefined || value === '' ? [] : [{ system, value }];
});

/** NM108 and NM109: XX is an NPI, 24 and 34 (4010) are tax ids. */
function nameIdentifier(nm1: Segment | undefined): Identifier[] {
  const value = textIn(nm1, 9);
  const kind = NAME_IDENTIFIERS[textIn(nm1, 8)];
  return value === '' || !kind ? [] : [{ type: concept({ system: SYSTEM.identifierType, code: kind.code }), system: kind.system, value }];
}

const NAME_IDENTIFIERS: Readonly<Record<string, { readonly code: string; readonly system: string }>> = {
  XX: { code: 'NPI', system: SYSTEMS.npi }, 24: { code: 'TAX', system: SYSTEMS.employerId }, 34: { code: 'SS', system: SYSTEMS.ssn },
};

const REFERENCE_SYSTEMS: Readonly<Record<string, string>> = { EI: SYSTEMS.employerId, SY: SYSTEMS.ssn };

/** REF: G2 is the number that the destination payer gave. */
export function numbers(references: readonly Segment[], payer: string | undefined): Identifier[] {
  return references.flatMap((segment): Identifier[] => {
    const [code, value] = [textOf(segment, 1), textOf(segment, 2)];
    const type = toFhir(PROVIDER_NUMBERS, code);
    if (type === undefined || value === '') return [];
    const system = REFERENCE_SYSTEMS[code];
    return [{ type: concept({ system: SYSTEM.identifierType, code: type }), ...(system === undefined ? {} : { system }), value, ...(code === 'G2' && payer !== undefined ? { assigner: { reference: payer } } : {}) }];
  });
}
