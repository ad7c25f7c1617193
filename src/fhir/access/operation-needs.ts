import type { Extension, OperationDefinition } from 'fhir/r4.js';
import type { Inputs } from '../operation/operation.js';
import type { Permission } from './caller.js';
import type { Need } from './refusal.js';

/** The extension of an OperationDefinition that says what it reads and writes. */
export const OPERATION_ACCESS = 'https://cobalt.example/fhir/StructureDefinition/operation-access';

/** What whoever calls an operation needs beside the right to call it. */
export interface OperationNeeds {
  /** Always; `[type]` stands for the type in the URL. */
  readonly always: readonly Need[];
  /** Where a boolean parameter is true. */
  readonly when: readonly { readonly parameter: string; readonly needs: readonly Need[] }[];
  /** It works on all that is stored: no patient and no constraint may limit it. */
  readonly whole: boolean;
}

const known = new WeakMap<OperationDefinition, OperationNeeds>();

/** Undefined: the definition does not say, and nobody may call it with a token. @throws {Error} when it says something else than it should. */
export function operationNeeds(definition: OperationDefinition): OperationNeeds | undefined {
  const stated = definition.extension?.find(({ url }) => url === OPERATION_ACCESS);
  if (!stated) return undefined;
  const needs = known.get(definition) ?? read(stated);
  known.set(definition, needs);
  return needs;
}

/** All that is needed for a call on `type` with these parameters. */
export const neededFor = ({ always, when }: OperationNeeds, type: string, inputs: Inputs): readonly Need[] =>
  [...always, ...when.filter(({ parameter }) => inputs.boolean(parameter) === true).flatMap(({ needs }) => needs)]
    .map((need) => (need.type === '[type]' ? { ...need, type } : need));

function read({ extension: parts = [] }: Extension): OperationNeeds {
  const named = (url: string): Extension[] => parts.filter((part) => part.url === url);
  return {
    always: named('needs').flatMap(({ valueString }) => needsIn(valueString)),
    when: named('when').map(({ extension: inner = [] }) => ({
      parameter: inner.find(({ url }) => url === 'parameter')?.valueCode ?? '',
      needs: inner.filter(({ url }) => url === 'needs').flatMap(({ valueString }) => needsIn(valueString)),
    })),
    whole: named('whole').some(({ valueBoolean }) => valueBoolean === true),
  };
}

const NEED = /^([A-Z][A-Za-z]+|\*|\[type\])\.(c?r?u?d?s?)$/;

/** `Claim.rs Coverage.rs` */
function needsIn(text = ''): Need[] {
  return text.split(' ').map((each) => {
    const [, type = '', permissions = ''] = NEED.exec(each) ?? [];
    if (type === '' || permissions === '') throw new Error(`an operation states a need that is none: ${each}`);
    return { type, permissions: [...permissions] as Permission[] };
  });
}
