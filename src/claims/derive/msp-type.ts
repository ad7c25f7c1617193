import type { Coverage } from 'fhir/r4.js';
import type { RankedCoverage } from '../../cob/types.js';
import { structureDefinition } from '../canonical.js';

/** X12 SBR05 of Medicare when it is not primary. */
export type MspType = '12' | '13' | '14' | '15' | '16' | '41' | '42' | '43' | '47';

/**
 * Rule that put Medicare behind another payer (domain/cob-rules.md §1.3) → SBR05. The rules on current employment hold
 * for the aged and the disabled alike: there Medicare's own reason decides.
 */
const TYPE_BY_RULE: Readonly<Partial<Record<RankedCoverage['rule'], MspType | 'by-entitlement'>>> = {
  M1: '12',
  M1x: 'by-entitlement',
  M2: '43',
  CES: 'by-entitlement',
  M3: '13',
  M5: '15',
  M6: '14',
  M7: '47',
  M8: '41',
  M9: '42',
  M10: '16',
  N1M: 'by-entitlement',
  P5: 'by-entitlement',
};

/** The MSP type of Medicare's row; undefined when Medicare is primary, or when no rule says why it is not. */
export function mspTypeOf(row: RankedCoverage, medicare: Coverage | undefined): MspType | undefined {
  if (row.payerKind !== 'medicare' || row.order === 1) return undefined;
  const type = TYPE_BY_RULE[row.rule];
  return type === 'by-entitlement' ? byEntitlement(medicare) : type;
}

function byEntitlement(medicare: Coverage | undefined): MspType | undefined {
  const entitlement = medicare?.extension?.find(({ url }) => url === structureDefinition('medicare-entitlement'))?.extension ?? [];
  const reasons = entitlement.filter(({ url }) => url === 'reason').map(({ valueCode }) => valueCode);
  if (reasons.includes('age')) return '12';
  return reasons.includes('disability') ? '43' : undefined;
}
