import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationDefinition } from 'fhir/r4.js';
import type { Handler, Level, Operation } from './operation.js';

/** All operations of a server, found by code, level and type. */
export class OperationRegistry {
  readonly operations: readonly Operation[];

  constructor(operations: readonly Operation[]) {
    this.operations = operations;
  }

  /** The operation `$code` at this level, on this type; undefined when there is none. */
  find(code: string, level: Level, type: string | undefined): Operation | undefined {
    return this.operations.find(({ definition }) => definition.code === code && definition[level] && (level === 'system' || onType(definition, type)));
  }

  /** The levels and types that do know `$code`, for the error text of one that is called elsewhere. */
  formsOf(code: string): string[] {
    return this.operations.filter(({ definition }) => definition.code === code).flatMap(({ definition }) => [
      ...(definition.system ? [`$${code}`] : []),
      ...(definition.type ? (definition.resource ?? []).map((type) => `${type}/$${code}`) : []),
      ...(definition.instance ? (definition.resource ?? []).map((type) => `${type}/[id]/$${code}`) : []),
    ]);
  }

  onType(type: string): readonly Operation[] {
    return this.operations.filter(({ definition }) => (definition.type || definition.instance) && onType(definition, type));
  }
}

const onType = (definition: OperationDefinition, type: string | undefined): boolean =>
  type !== undefined && (definition.resource ?? []).some((known) => known === type || known === 'Resource');

/** The OperationDefinitions of one operation's folder: every `definition*.json` there, a form each. */
export function readDefinitions(folder: string): OperationDefinition[] {
  return readdirSync(folder)
    .filter((name) => /^definition.*\.json$/.test(name))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as OperationDefinition);
}

/** One operation for each form that a folder defines, all behind one handler. `unchecked` as in `Operation`. */
export const operationsIn = (folder: string, handle: Handler, unchecked?: string): Operation[] =>
  readDefinitions(folder).map((definition) => ({ definition, handle, ...(unchecked ? { unchecked } : {}) }));
