import fc from 'fast-check';
import type { Duration, Task } from 'fhir/r4.js';
import { expect, it } from 'vitest';
import { effortOf, sitting } from '../../src/work/queue/effort.js';
import { detail } from '../../src/work/task.js';
import { queued } from './queue.js';

const spent = (...durations: Duration[]): Task => queued('t', { output: durations.map((valueDuration) => ({ ...detail('effort'), valueDuration })) });

it.each<[string, Task, number]>([
  ['nothing is recorded', queued('t'), 0],
  ['one sitting', spent({ value: 12, code: 'min' }), 720],
  ['sittings in several units', spent({ value: 90, code: 's' }, { value: 1.5, unit: 'h' }, { value: 1, code: 'd' }), 90 + 5_400 + 86_400],
  ['units that are no time, or none', spent({ value: 5, code: 'kg' }, { value: 5 }, { value: 1, code: '__proto__' }), 0],
  ['other outputs beside it', { ...spent({ value: 1, code: 'min' }), output: [...spent({ value: 1, code: 'min' }).output!, { ...detail('document'), valueDuration: { value: 9, code: 'h' } }] }, 60],
])('effort: %s', (_what, task, seconds) => expect(effortOf(task)).toEqual({ value: seconds, unit: 's', system: 'http://unitsofmeasure.org', code: 's' }));

it('a sitting that ends before it begins took no time', () => expect(sitting('2026-05-01T10:00:00Z', '2026-05-01T09:00:00Z').valueDuration?.value).toBe(0));

it('the effort is the sum of the sittings', () => {
  const moment = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
  const whole = fc.tuple(moment, fc.integer({ min: 0, max: 100_000 }));
  fc.assert(fc.property(fc.array(whole, { maxLength: 10 }), (sittings) => {
    const output = sittings.map(([start, seconds]) => sitting(start.toISOString(), new Date(start.getTime() + seconds * 1_000).toISOString()));
    expect(effortOf(queued('t', { output })).value).toBe(sittings.reduce((all, [, seconds]) => all + seconds, 0));
  }));
});
