import type { PlanDefinition } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { inputsOf, playbooksIn, withPlaybook } from '../../src/work/queue/playbooks.js';
import { toTask, type WorkCode } from '../../src/work/task.js';
import { conformance } from '../profiles/constraints.js';

const definitions = conformance.ofType('PlanDefinition');
const find = playbooksIn(definitions);
const codesOf = (name: string): string[] => [...(conformance.codesOf(`${CANONICAL}/ValueSet/${name}`) ?? [])];
const reason = (system: string, code: string) => ({ system: `${CANONICAL}/CodeSystem/${system}`, code });
const idOf = (code: WorkCode, system?: string, because?: string): string | undefined =>
  find(code, system && because ? reason(system, because) : undefined)?.canonical.replace(`${CANONICAL}/PlanDefinition/`, '');

describe('the playbook of', () => {
  it.each<[string, WorkCode, string | undefined, string | undefined, string]>([
    ['documents that a payer asks for', 'answer-payer', undefined, undefined, 'documents-requested'],
    ['a payer order that looks wrong', 'verify-cob', 'derive-reason', 'order-undetermined', 'payer-order'],
    ['a filing limit that is near', 'submit-claim', 'work-reason', 'filing-limit-near', 'filing-limit'],
    ['a filing limit that has gone', 'work-denial', 'derive-reason', 'filing-limit-passed', 'filing-limit-passed'],
    ['a primary decision that does not balance', 'follow-up', 'derive-reason', 'unbalanced', 'primary-discrepancy'],
    ['a primary decision about someone else', 'review-adjudication', 'derive-reason', 'demographics-mismatch', 'primary-discrepancy'],
    ['a crossover that stays silent', 'follow-up', 'derive-reason', 'crossed-over', 'crossover-silent'],
    ['a remittance that is negative', 'post-payment', 'work-reason', 'negative-remittance', 'negative-remittance'],
    ['a remittance that fits no claim', 'match-remittance', undefined, undefined, 'unmatched-remittance'],
    ['a denial whose category has one', 'work-denial', 'denial-category', 'timely-filing', 'denial-timely-filing'],
    ['a submission for no particular reason', 'submit-claim', undefined, undefined, 'submission'],
  ])('%s', (_what, code, system, because, playbook) => expect(idOf(code, system, because)).toBe(`${playbook}|0.1.0`));

  it.each(codesOf('denial-category'))('a denial of the category %s', (category) => expect(idOf('work-denial', 'denial-category', category)).toBe(`denial-${category}|0.1.0`));

  it.each(codesOf('work').filter((code) => code !== 'work-denial'))('%s without a reason, so that nobody invents a process', (code) => expect(find(code as WorkCode)).toBeDefined());

  it('a reason that none is written for is that of the work itself', () => expect(idOf('post-payment', 'work-reason', 'other')).toBe('posting|0.1.0'));
});

describe('each playbook', () => {
  it.each(definitions.map((definition) => [definition.id, definition] as const))('%s is found by what it is for, and has steps in order', (id, definition) => {
    const contexts = (definition.useContext ?? []).flatMap(({ code, valueCodeableConcept }) => (valueCodeableConcept?.coding ?? []).map((coding) => ({ kind: code.code, ...coding })));
    const held = new Set(conformance.ofType('CodeSystem').flatMap(({ url, concept = [] }) => concept.map(({ code }) => `${url}|${code}`)));
    expect(contexts.filter(({ system, code }) => !held.has(`${system}|${code}`))).toEqual([]);
    const tasks = contexts.filter(({ kind }) => kind === 'task');
    const reasons = contexts.filter(({ kind }) => kind === 'focus');
    const reached = tasks.flatMap(({ code }) => (reasons.length > 0 ? reasons : [undefined]).map((because) => find(code as WorkCode, because)?.canonical));
    expect(new Set(reached)).toEqual(new Set([`${CANONICAL}/PlanDefinition/${id}|0.1.0`]));
    expect(definition.action?.map(({ prefix }) => prefix)).toEqual(definition.action?.map((_, index) => String(index + 1)));
    expect(definition.action?.every(({ id: action, title, description }) => action && title && /[.?]$/.test(description ?? ''))).toBe(true);
    expect(definition.action?.length).toBeGreaterThan(1);
  });
});

describe('a piece of work', () => {
  const item = { code: 'follow-up', cause: ['x'], focus: 'Claim/1', description: 'Ask the payer', authoredOn: '2026-05-01T08:00:00Z', reason: reason('derive-reason', 'crossed-over') } as const;

  it('names its playbook with the version, and has its steps as inputs', () => {
    const task = toTask(withPlaybook(item, find));
    expect(task.instantiatesUri).toBe(`${CANONICAL}/PlanDefinition/crossover-silent|0.1.0`);
    expect(task.input).toEqual(inputsOf(find('follow-up', item.reason)!));
    expect(task.input?.[0]).toMatchObject({ id: 'look', type: { coding: [{ code: 'step' }] }, valueString: 'Look for a decision' });
  });

  it('brings the checklists that its playbook goes through', () => {
    const { input = [] } = toTask(withPlaybook({ ...item, code: 'submit-claim' }, find));
    expect(input.slice(-2)).toMatchObject(['eob-review-checklist', 'submission-checklist'].map((name) => ({ type: { coding: [{ code: 'checklist' }] }, valueCanonical: `${CANONICAL}/Questionnaire/${name}|0.1.0` })));
  });

  it('without a playbook stays as it is', () => expect(withPlaybook(item, playbooksIn([] as PlanDefinition[]))).toEqual(item));
});
