import type { Coverage, Identifier, Organization } from 'fhir/r4.js';
import type { OperationContext } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';

/** @throws {FhirError} 422 without a number of the member or the subscriber: demographics alone are no match (HRex). */
export function mustStateNumber(stated: Coverage, at: string): void {
  if (numbersOf(stated).length === 0) throw errors.businessRule('A match needs the member id (identifier of type MB) or the subscriber id of the coverage', at);
}

/** Whether one of a patient's coverages has a number that is stated, and the payer that is stated. */
export async function coversAsStated(coverages: readonly Coverage[], stated: Coverage, context: OperationContext): Promise<boolean> {
  for (const coverage of coverages) {
    if (coverage.status !== 'entered-in-error' && hasNumber(coverage, stated) && (await isOfPayer(coverage, stated, context))) return true;
  }
  return false;
}

/** A number on a card, and whose it is where that is known. */
interface CardNumber {
  readonly system: string | undefined;
  readonly value: string;
}

/** The subscriber's number and all identifiers: cards and payers name them differently. */
const numbersOf = ({ subscriberId, identifier = [] }: Coverage): CardNumber[] =>
  [{ system: undefined, value: subscriberId }, ...identifier].flatMap(({ system, value }) => (value === undefined || plain(value) === '' ? [] : [{ system, value: plain(value) }]));

/** Systems that both state must agree. */
const hasNumber = (coverage: Coverage, stated: Coverage): boolean =>
  numbersOf(coverage).some((one) => numbersOf(stated).some((two) => one.value === two.value && (one.system === undefined || two.system === undefined || one.system === two.system)));

/** Two payers may give out the same number: where both are identified in one system they must be the same. */
async function isOfPayer(coverage: Coverage, stated: Coverage, { resources }: OperationContext): Promise<boolean> {
  const wanted = stated.payor.flatMap(({ identifier }) => identifier ?? []);
  if (wanted.length === 0) return true;
  const held: Identifier[] = [];
  for (const { identifier, reference } of coverage.payor) {
    if (identifier) held.push(identifier);
    const [, id] = /(?:^|\/)Organization\/([A-Za-z0-9\-.]{1,64})$/.exec(reference ?? '') ?? [];
    held.push(...((id && (await resources.read<Organization>('Organization', id))?.identifier) || []));
  }
  const comparable = wanted.flatMap((one) => held.filter(({ system }) => system === one.system).map(({ value }) => value === one.value));
  return comparable.length === 0 || comparable.includes(true);
}

const plain = (text: string): string => text.replace(/[^\p{L}\d]/gu, '').toUpperCase();
