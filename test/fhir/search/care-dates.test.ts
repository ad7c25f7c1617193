import type { FhirResource } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { careInterval } from '../../../src/fhir/search/care-dates.js';
import { LATEST } from '../../../src/fhir/search/dates.js';

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`);
const claim = (change: object): FhirResource => ({ resourceType: 'Claim', ...change }) as FhirResource;

describe('when the care of a resource took place', () => {
  it.each<[string, FhirResource, { low: number; high: number } | undefined]>([
    ['lines of a claim: from the first to the last', claim({ item: [{ servicedDate: '2026-03-02' }, { servicedPeriod: { start: '2026-03-04', end: '2026-03-05' } }] }), { low: day('2026-03-02'), high: day('2026-03-06') }],
    ['an open period goes on', claim({ billablePeriod: { start: '2026-03-02' } }), { low: day('2026-03-02'), high: LATEST }],
    ['a condition that began and has no end goes on', { resourceType: 'Condition', subject: {}, onsetDateTime: '2019' }, { low: day('2019-01-01'), high: LATEST }],
    ['a condition that ended', { resourceType: 'Condition', subject: {}, onsetDateTime: '2019', abatementDateTime: '2020-02' }, { low: day('2019-01-01'), high: day('2020-03-01') }],
    ['the events of a timing', { resourceType: 'Observation', status: 'final', code: {}, effectiveTiming: { event: ['2026-01-01', '2026-01-03'] } }, { low: day('2026-01-01'), high: day('2026-01-04') }],
    ['an age is no date', { resourceType: 'Condition', subject: {}, onsetAge: { value: 4 } }, undefined],
    ['a claim without dates', claim({ created: '2026-03-02' }), undefined],
    ['a type that has none', { resourceType: 'AllergyIntolerance', patient: {}, onsetDateTime: '2019' }, undefined],
    ['values of a wrong shape', claim({ item: [null, 'x', { servicedDate: 5 }], billablePeriod: { start: 'yesterday' } }), undefined],
  ])('%s', (_name, resource, interval) => expect(careInterval(resource)).toEqual(interval));
});
