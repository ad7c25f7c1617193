import { OperationRegistry, operationsIn } from '../src/fhir/operation/registry.js';
import type { Handler } from '../src/fhir/operation/operation.js';
import { inProject } from '../src/root.js';

/** Every operation by its folder. A new one is named here, so that compiler and linter see its handler. */
const handlers: Readonly<Record<string, Handler>> = {};

export const loadOperations = (): OperationRegistry =>
  new OperationRegistry(Object.entries(handlers).flatMap(([name, handle]) => operationsIn(inProject('operations', name), handle)));
