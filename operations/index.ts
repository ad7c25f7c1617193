import { OperationRegistry, operationsIn } from '../src/fhir/operation/registry.js';
import type { Handler } from '../src/fhir/operation/operation.js';
import { inProject } from '../src/root.js';
import { handle as cobOrder } from './cob-order/handler.js';
import { handle as deadlines } from './deadlines/handler.js';
import { handle as deriveSecondary } from './derive-secondary/handler.js';
import { handle as estimateBenefit } from './estimate-benefit/handler.js';
import { handle as interpretAdjudication } from './interpret-adjudication/handler.js';

/** Every operation by its folder. A new one is named here, so that compiler and linter see its handler. */
const handlers: Readonly<Record<string, Handler>> = {
  'cob-order': cobOrder,
  deadlines,
  'derive-secondary': deriveSecondary,
  'estimate-benefit': estimateBenefit,
  'interpret-adjudication': interpretAdjudication,
};

export const loadOperations = (): OperationRegistry =>
  new OperationRegistry(Object.entries(handlers).flatMap(([name, handle]) => operationsIn(inProject('operations', name), handle)));
