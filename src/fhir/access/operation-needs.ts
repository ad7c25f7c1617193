import type { OperationDefinition } from 'fhir/r4.js';
import type { Inputs } from '../operation/operation.js';
import type { Permission } from './caller.js';
import type { Need } from './refusal.js';

/** The extensions of an OperationDefinition that say what it reads and writes (`profiles/StructureDefinition-operation-*.json`). */
const NEEDS = 'https://cobalt.example/fhir/StructureDefinition/operation-needs';
const WHOLE = 'https://cobalt.example/fhir/StructureDefinition/operation-whole';
const CLIENTS = 'https://cobalt.example/fhir/StructureDefinition/operation-clients';

/** What whoever calls an operation needs beside the right to call it. */
export interface OperationNeeds {
  /** Always; `[type]` stands for the type in the URL. */
  readonly always: readonly Need[];
  /** Where a boolean parameter is true. */
  readonly when: readonly { readonly parameter: string; readonly needs: readonly Need[] }[];
  /** It works on all that is stored: no patient and no constraint may limit it. */
  readonly whole: boolean;
  /** It is for clients that act for themselves: only scopes of `system/` count. */
  readonly clients: boolean;
}

const known = new WeakMap<OperationDefinition, OperationNeeds>();

/** Undefined: the definition does not say, and nobody may call it with a token. @throws {Error} when it says something else than it should. */
export function operationNeeds(definition: OperationDefinition): OperationNeeds | undefined {
  const before = known.get(definition);
  if (before) return before;
  const stated = definition.extension?.flatMap(({ url, valueString }) => (url === NEEDS && valueString !== undefined ? [valueString] : [])) ?? [];
  if (stated.length === 0) return undefined;
  const says = (extension: string): boolean => definition.extension?.some(({ url, valueBoolean }) => url === extension && valueBoolean === true) ?? false;
  const needs = { ...read(stated), whole: says(WHOLE), clients: says(CLIENTS) };
  known.set(definition, needs);
  return needs;
}

/** All that is needed for a call on `type` with these parameters. */
export const neededFor = ({ always, when }: OperationNeeds, type: string, inputs: Inputs): readonly Need[] =>
  [...always, ...when.filter(({ parameter }) => inputs.boolean(parameter) === true).flatMap(({ needs }) => needs)]
    .map((need) => (need.type === '[type]' ? { ...need, type } : need));

/** `Claim.rs Coverage.rs`, and `persist: Task.c`; `each`: the operation itself judges what is asked for or sent. */
function read(stated: readonly string[]): Pick<OperationNeeds, 'always' | 'when'> {
  const lines = stated.map((text) => {
    const [, parameter, needs = ''] = /^(?:(\w+): )?(.*)$/.exec(text) ?? [];
    return { parameter, needs: needsIn(needs) };
  });
  return {
    always: lines.flatMap(({ parameter, needs }) => (parameter === undefined ? needs : [])),
    when: lines.flatMap(({ parameter, needs }) => (parameter === undefined ? [] : [{ parameter, needs }])),
  };
}

const NEED = /^([A-Z][A-Za-z]+|\*|\[type\])\.(c?r?u?d?s?)$/;

function needsIn(text: string): Need[] {
  if (text === 'each') return [];
  return text.split(' ').map((each) => {
    const [, type = '', permissions = ''] = NEED.exec(each) ?? [];
    if (type === '' || permissions === '') throw new Error(`an operation states a need that is none: ${each}`);
    return { type, permissions: [...permissions] as Permission[] };
  });
}
