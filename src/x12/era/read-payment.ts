/** The money of a transaction set that is not of one claim: BPR, and PLB at its end. */
import { X12Error } from '../position.js';
import { componentsOf, positionOf, type Delimiters, type Elements } from '../segment.js';
import { optional, readDay, required, requiredAmount, textOf } from '../values.js';
import type { EraFinding, EraPayment, ProviderAdjustment } from './remittance.js';

/** BPR. @throws {X12Error} */
export function readPayment(segment: Elements, findings: EraFinding[]): EraPayment {
  const statedDate = textOf(segment, 16);
  const date = readDay(statedDate);
  if (date === undefined) findings.push({ code: 'payment-date', severity: 'warning', position: positionOf(segment, 16), text: 'The payment date is no day; the day that the remittance was made counts instead' });
  const originator = optional(segment, 10);
  return {
    handling: required(segment, 1),
    amount: requiredAmount(segment, 2),
    creditOrDebit: textOf(segment, 3),
    method: textOf(segment, 4),
    ...(originator === undefined ? {} : { originator }),
    ...(date === undefined ? {} : { date }),
    statedDate,
    position: positionOf(segment),
  };
}

/** PLB03 to PLB14: up to six pairs of reason and amount. */
const FIRST_PAIR = 3;
const LAST_PAIR = 13;

/** @throws {X12Error} a reason without amount, or an amount without reason */
export function readProviderAdjustments(segment: Elements, delimiters: Delimiters): ProviderAdjustment[] {
  const provider = textOf(segment, 1);
  const fiscalDate = readDay(textOf(segment, 2));
  const adjustments: ProviderAdjustment[] = [];
  for (let element = FIRST_PAIR; element <= LAST_PAIR; element += 2) {
    if (textOf(segment, element) === '' && textOf(segment, element + 1) === '') continue;
    const [reason = '', ...references] = componentsOf(segment, element, delimiters);
    if (reason === '') throw new X12Error('x12-element', positionOf(segment, element, 1), 'the element is required and empty');
    const reference = references.find((text) => text !== '');
    adjustments.push({
      provider,
      ...(fiscalDate === undefined ? {} : { fiscalDate }),
      reason,
      ...(reference === undefined ? {} : { reference }),
      amount: requiredAmount(segment, element + 1),
      position: positionOf(segment, element),
    });
  }
  return adjustments;
}
