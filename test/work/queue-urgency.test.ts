import fc from 'fast-check';
import type { Task } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { byUrgency, PRIORITIES } from '../../src/work/queue/urgency.js';
import { deadline, queued } from './queue.js';

describe('the most urgent first', () => {
  it.each<[string, Task, Task]>([
    ['stat before asap', queued('z', { priority: 'stat' }), queued('a', { priority: 'asap', ...deadline('2026-01-01') })],
    ['asap before urgent', queued('z', { priority: 'asap' }), queued('a', { priority: 'urgent' })],
    ['urgent before routine', queued('z', { priority: 'urgent' }), queued('a', { priority: 'routine' })],
    ['no priority is routine', queued('a'), queued('b', { priority: 'routine' })],
    ['the earlier deadline', queued('z', deadline('2026-05-02')), queued('a', deadline('2026-05-03'))],
    ['a deadline before none', queued('z', deadline('2030-01-01')), queued('a')],
    ['a day begins in UTC', queued('z', deadline('2026-05-02')), queued('a', deadline('2026-05-02T00:00:01Z'))],
    ['the older', queued('z', { authoredOn: '2026-04-01' }), queued('a', { authoredOn: '2026-04-02' })],
    ['then by id', queued('a'), queued('b')],
  ])('%s', (_what, first, second) => {
    expect([second, first].sort(byUrgency)).toEqual([first, second]);
  });

  it('is one order, whatever order they came in', () => {
    const day = fc.constantFrom('2026-05-01', '2026-05-01T10:00:00Z', '2026-05-01T12:00:00+02:00', '2026-06', undefined);
    const tasks = fc.uniqueArray(
      fc.record({ id: fc.string({ minLength: 1, maxLength: 3 }), priority: fc.constantFrom(...PRIORITIES, undefined), end: day, authored: day }).map(({ id, priority, end, authored }): Task => ({
        ...queued(id), ...(priority ? { priority } : {}), ...(end ? deadline(end) : {}), ...(authored ? { authoredOn: authored } : {}),
      })),
      { selector: ({ id }) => id, maxLength: 12 },
    );
    fc.assert(fc.property(tasks, fc.func(fc.integer()), (some, shuffle) => {
      const sorted = [...some].sort(byUrgency);
      expect([...some].sort((a, b) => shuffle(a.id) - shuffle(b.id)).sort(byUrgency)).toEqual(sorted);
      for (const [at, one] of sorted.entries()) for (const later of sorted.slice(at + 1)) expect(byUrgency(one, later)).toBeLessThan(0);
    }), { numRuns: 300 });
  });
});
