/** SBR, NM1*IL and NM1*PR as a Coverage. */
import type { Coverage, Reference } from 'fhir/r4.js';
import { concept, SYSTEM } from '../../claims/codes.js';
import type { Segment } from '../segment.js';
import { textIn } from './billed.js';
import { RELATIONSHIPS, SYSTEMS, toFhir } from './codes.js';
import type { MakeId } from './read-parties.js';

/** References are relative; `relationship` is SBR02 or PAT01. */
export interface Membership {
  readonly sbr: Segment | undefined;
  readonly memberId: string;
  readonly relationship: string;
  readonly insurer: string | undefined;
  readonly patient: string;
  readonly subscriber: string;
}

export function readCoverage({ sbr, memberId, relationship, insurer, patient, subscriber }: Membership, makeId: MakeId): Coverage {
  const indicator = textIn(sbr, 9);
  return {
    resourceType: 'Coverage', id: makeId('Coverage', insurer ?? '', memberId, patient),
    ...(memberId === '' ? {} : { identifier: [{ type: concept({ system: SYSTEM.identifierType, code: 'MB' }), value: memberId }], subscriberId: memberId }),
    status: 'active',
    ...(indicator === '' ? {} : { type: concept({ system: SYSTEMS.filingIndicator, code: indicator }) }),
    subscriber: { reference: subscriber },
    beneficiary: { reference: patient },
    ...relation(relationship),
    payor: [referenceOf(insurer)],
    ...groupOf(sbr),
  };
}

/** Somebody who is known, or that the claim does not say who. */
export const referenceOf = (reference: string | undefined): Reference => (reference === undefined ? { display: 'Not named by the claim' } : { reference });

function relation(x12: string): Pick<Coverage, 'relationship'> {
  const code = toFhir(RELATIONSHIPS, x12);
  if (x12 === '') return {};
  return { relationship: concept({ system: SYSTEMS.subscriberRelationship, code: code ?? 'other' }, { system: SYSTEMS.relationship, code: x12 }) };
}

/** SBR03 and SBR04. */
function groupOf(sbr: Segment | undefined): Pick<Coverage, 'class'> {
  const [value, name] = [textIn(sbr, 3), textIn(sbr, 4)];
  if (value === '' && name === '') return {};
  return { class: [{ type: concept({ system: SYSTEMS.coverageClass, code: 'group' }), value: value || name, ...(name === '' ? {} : { name }) }] };
}
