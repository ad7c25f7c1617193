/** CAS: the adjustments of a claim or a line, in the 835 and in the 837 alike. */
import { X12Error } from './position.js';
import { positionOf, type Segment } from './segment.js';
import type { EraAdjustment } from './era/remittance.js';
import { optionalDecimal, required, requiredAmount, textOf } from './values.js';

/** CAS02 to CAS19: up to six trios of reason, amount and quantity. */
const FIRST_TRIO = 2;
const LAST_TRIO = 17;

/** @throws {X12Error} a trio without reason or without amount */
export function readAdjustments(segment: Segment): EraAdjustment[] {
  const group = required(segment, 1);
  const adjustments: EraAdjustment[] = [];
  const last = Math.min(LAST_TRIO, segment.elements.length - 1);
  for (let element = FIRST_TRIO; element <= last; element += 3) {
    const quantity = optionalDecimal(segment, element + 2);
    if (textOf(segment, element) === '' && textOf(segment, element + 1) === '' && quantity === undefined) continue;
    adjustments.push({ group, reason: required(segment, element), amount: requiredAmount(segment, element + 1), ...(quantity === undefined ? {} : { quantity }) });
  }
  if (adjustments.length === 0) throw new X12Error('x12-element', positionOf(segment, FIRST_TRIO), 'an adjustment must have a reason and an amount');
  return adjustments;
}
