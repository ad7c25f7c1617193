import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadOperations } from '../../operations/index.js';
import { operationNeeds, type OperationNeeds } from '../../src/fhir/access/operation-needs.js';
import { readExamples, type Example } from '../../src/http/docs/examples.js';
import { inProject } from '../../src/root.js';
import { bundles } from '../seed/seed.js';
import { guardedClinic } from './clinic.js';

/**
 * What an OperationDefinition says that it reads and writes is what it does: with a token for just that, the examples
 * answer as with one for everything.
 */
const clinic = guardedClinic(() => []);
const { operations } = loadOperations();
const examples = readdirSync(inProject('operations'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readExamples(inProject('operations', name, 'example.http')).map((example) => [name, example.title, example] as const));

beforeAll(async () => {
  for (const [, bundle] of bundles) expect((await clinic.as('system/*.cruds').post('', bundle)).status).toBe(200);
}, 60_000);

const callOf = ({ path }: Example): { readonly type: string; readonly code: string; readonly level: 'system' | 'type' | 'instance' } => {
  const segments = (path.split('?')[0] ?? '').split('/');
  const level = segments.length === 1 ? 'system' : segments.length === 2 ? 'type' : 'instance';
  return { level, type: level === 'system' ? '' : (segments[0] ?? ''), code: (segments.at(-1) ?? '').slice(1) };
};

/** Scopes for an example and no more: those that count always, and those of its parameters that are true. */
function scopesFor(example: Example, { always, when }: OperationNeeds): string {
  const { type } = callOf(example);
  const isTrue = (parameter: string): boolean => new RegExp(`"name":\\s*"${parameter}",\\s*"valueBoolean":\\s*true`).test(example.body) || new RegExp(`[?&]${parameter}=true`).test(example.path);
  return [...always, ...when.flatMap(({ parameter, needs }) => (isTrue(parameter) ? needs : []))]
    .map(({ type: on, permissions }) => `user/${on === '[type]' ? type : on}.${permissions.join('')}`).join(' ');
}

const timeless = (text: string): string => text.replaceAll(/"(timestamp|identifier)":"[^"]*"/g, '');

describe('the example requests with a token for what their operation states', () => {
  test.each(examples)('%s: %s', async (_name, _title, example) => {
    const { code, level, type } = callOf(example);
    // Reads before and after an operation are examples too.
    const operation = operations.find(({ definition }) => definition.code === code && definition[level] && (level === 'system' || definition.resource?.some((on) => on === type || on === 'Resource')));
    if (!operation) return;
    const needs = operationNeeds(operation.definition);
    // What such an operation does depends on what is asked for or sent: its own tests show that.
    if (needs?.always.length === 0) return;
    const sent = example.body === '' ? undefined : example.body;
    const ask = (scope: string): ReturnType<ReturnType<typeof clinic.as>['request']> => clinic.as(scope).request(example.method, example.path, sent);
    const exact = await ask(scopesFor(example, needs!));
    expect(exact.status, exact.text).toBe(200);
    // A PDF tells when it was made. Where resources come with the request, what they refer to is looked up as far as the caller may see it.
    const looksUp = level === 'type' || code === 'validate';
    if (operation.definition.affectsState !== true && !looksUp && exact.body !== undefined) expect(timeless(exact.text)).toBe(timeless((await ask('system/*.cruds')).text));
  });
});
