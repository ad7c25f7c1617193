import type { Task, TaskOutput } from 'fhir/r4.js';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { IDLE_SECONDS, sittingsOf } from '../../../src/work/effort/sittings.js';
import { AUTOMATION, detail } from '../../../src/work/task.js';
import { queued } from '../queue.js';

const ANN = 'Practitioner/ann';
const BOB = 'Practitioner/bob';
/** A version at a time of 2026-05-04. */
const at = (time: string, rest: Partial<Task>): Task => queued('t', { ...rest, meta: { lastUpdated: `2026-05-04T${time}Z`, ...rest.meta } });
const held = (time: string, owner: string, rest: Partial<Task> = {}): Task => at(time, { status: 'in-progress', owner: { reference: owner }, ...rest });
const done = (time: string, owner: string, rest: Partial<Task> = {}): Task => at(time, { status: 'completed', owner: { reference: owner }, ...rest });
const took = (value: number, code: string): TaskOutput => ({ ...detail('effort'), valueDuration: { value, code, system: 'http://unitsofmeasure.org' } });
const flags = (code: string): Task['meta'] => ({ tag: [{ system: 'https://cobalt.example/fhir/CodeSystem/work-flag', code }] });

/** Who, minutes, touches. */
const short = (versions: readonly Task[]): unknown[] => sittingsOf(versions).map(({ who, seconds, touches, source }) => [who, seconds / 60, touches, ...(source === 'entered' ? ['entered'] : [])]);

describe('who worked on a Task, and how long', () => {
  it.each<[string, Task[], unknown[]]>([
    ['taken and done', [at('08:00:00', {}), held('09:00:00', ANN), done('09:12:30', ANN)], [[ANN, 12.5, 2]]],
    ['nobody has taken it', [at('08:00:00', {}), at('09:00:00', { status: 'cancelled' })], []],
    ['it is still at work', [at('08:00:00', {}), held('09:00:00', ANN)], []],
    ['released, and taken by another', [held('09:00:00', ANN), at('09:05:00', { status: 'ready' }), held('10:00:00', BOB), done('10:10:00', BOB)], [[ANN, 5, 2], [BOB, 10, 2]]],
    ['passed on without a release', [held('09:00:00', ANN), held('09:05:00', BOB), done('09:15:00', BOB)], [[ANN, 5, 2], [BOB, 10, 2]]],
    ['written to meanwhile', [held('09:00:00', ANN), held('09:10:00', ANN, { note: [{ text: 'called' }] }), done('09:25:00', ANN)], [[ANN, 25, 3]]],
    ['left lying: half an hour counts, then a new sitting begins', [held('09:00:00', ANN), held('11:00:00', ANN, { note: [{ text: 'called' }] }), done('11:20:00', ANN)], [[ANN, 30, 1], [ANN, 20, 2]]],
    ['left lying until it was done', [held('09:00:00', ANN), done('17:00:00', ANN)], [[ANN, 30, 1], [ANN, 0, 1]]],
    ['put on hold and taken up again', [held('09:00:00', ANN), at('09:03:00', { status: 'on-hold', owner: { reference: ANN } }), held('12:00:00', ANN), done('12:04:00', ANN)], [[ANN, 3, 2], [ANN, 4, 2]]],
    ['done without having been taken', [at('08:00:00', {}), done('09:00:00', ANN)], [[ANN, 0, 1]]],
    ['the clock raised its priority and flagged it', [held('09:00:00', ANN), held('09:10:00', ANN, { priority: 'stat' }), held('09:12:00', ANN, { priority: 'stat', meta: flags('stalled') }), done('09:20:00', ANN, { priority: 'stat', meta: flags('stalled') })], [[ANN, 20, 2]]],
    ['the server’s own', [held('09:00:00', AUTOMATION), done('09:01:00', AUTOMATION)], []],
    ['written again after its end: nothing more', [held('09:00:00', ANN), done('09:10:00', ANN), done('11:00:00', ANN, { note: [{ text: 'filed' }] })], [[ANN, 10, 2]]],
    ['a team', [held('09:00:00', 'CareTeam/billing'), done('09:10:00', 'CareTeam/billing')], [['CareTeam/billing', 10, 2]]],
    ['time was entered: it counts, and nothing else', [held('09:00:00', ANN), done('17:00:00', ANN, { output: [took(90, 'min')] })], [[ANN, 90, 1, 'entered']]],
    ['time was entered twice, in hours and after the end', [held('09:00:00', ANN), done('10:00:00', ANN, { output: [took(0.5, 'h')] }), done('11:00:00', BOB, { output: [took(0.5, 'h'), took(45, 's')] })], [[ANN, 30, 1, 'entered'], [BOB, 0.75, 1, 'entered']]],
    ['time in a unit that says nothing', [held('09:00:00', ANN), done('09:10:00', ANN, { output: [took(3, 'kg')] })], [[ANN, 10, 2]]],
  ])('%s', (_what, versions, expected) => expect(short(versions)).toEqual(expected));

  it('has its times', () => expect(sittingsOf([held('09:00:00', ANN), done('09:12:30', ANN)])).toEqual([{ task: 'Task/t', who: ANN, start: '2026-05-04T09:00:00.000Z', end: '2026-05-04T09:12:30.000Z', seconds: 750, touches: 2, source: 'derived' }]));

  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.constantFrom('ready', 'in-progress', 'on-hold'), fc.constantFrom(ANN, BOB, undefined)), { maxLength: 15 });
  test('never more than there was time, at most half an hour between touches, and none twice', () => fc.assert(fc.property(steps, (given) => {
    let moment = Date.parse('2026-05-04T00:00:00Z');
    const versions = given.map(([seconds, status, owner]): Task => queued('t', { status, ...(owner ? { owner: { reference: owner } } : {}), meta: { lastUpdated: new Date((moment += seconds * 1_000)).toISOString() } }));
    const sittings = sittingsOf(versions);
    const total = sittings.reduce((sum, { seconds }) => sum + seconds, 0);
    const gaps = given.slice(1).reduce((sum, [seconds]) => sum + Math.min(seconds, IDLE_SECONDS), 0);
    expect(total).toBeLessThanOrEqual(gaps);
    for (const [position, { start, end, seconds }] of sittings.entries()) {
      expect(Date.parse(end) - Date.parse(start)).toBeGreaterThanOrEqual(seconds * 1_000);
      expect(start >= (sittings[position - 1]?.end ?? '')).toBe(true);
    }
    expect(sittingsOf([...versions, ...versions.slice(-1)]).slice(0, sittings.length)).toEqual(sittings);
  })));
});
