import { InexactAmountError } from '../src/claims/index.js';
import { isResource, type Handler, type OperationCall } from '../src/fhir/operation/operation.js';
import { errors } from '../src/fhir/outcome.js';
import { elementModel } from '../src/fhir/validation/index.js';
import type { JsonObject } from '../src/fhir/validation/rule.js';
import { visitElements } from '../src/fhir/validation/visit.js';

/** The same handler; amounts that are too large to be added to the cent are refused (422) at the largest of them. */
export const withExactAmounts = (handle: Handler): Handler => async (call, context) => {
  try {
    return await handle(call, context);
  } catch (error) {
    if (!(error instanceof InexactAmountError)) throw error;
    throw errors.processing('The amounts are too large to be added exactly to the cent: correct them, this one first', largestAmount(call), 'amount-inexact');
  }
};

/** Where the largest amount stands; where none was sent, the resource that the operation was called on, or the parameters. */
function largestAmount({ target, in: { given } }: OperationCall): string {
  let largest = 0;
  let place: string = target?.resourceType ?? 'Parameters';
  const weigh = (money: object, at: string): void => {
    const { value } = money as { readonly value?: unknown };
    if (typeof value !== 'number' || Math.abs(value) <= largest) return;
    largest = Math.abs(value);
    place = `${at}.value`;
  };
  const stated = given.map(({ value, expression }) => ({ value, at: expression }));
  for (const { value, at } of target ? [...stated, { value: target, at: target.resourceType }] : stated) {
    if (isResource(value)) visitElements(value as unknown as JsonObject, at, elementModel(), (type, element, here) => type === 'Money' && weigh(element, here));
    else if (typeof value === 'object' && value !== null && 'currency' in value) weigh(value, at);
  }
  return place;
}
