import { structureDefinition } from '../canonical.js';
import { mspTypeOf } from '../derive/msp-type.js';
import type { Row, ScrubFacts } from './facts.js';
import { spot, type ScrubRule, type Spot } from './rule.js';

const MSP_TYPE = structureDefinition('msp-insurance-type');

const TYPES: ReadonlySet<string> = new Set(['12', '13', '14', '15', '16', '41', '42', '43', '47']);

/** SBR05 of a payer by accident, and the kinds of accident (v3-ActIncidentCode, X12 CLM11) that it can come from. */
const ACCIDENT_TYPES: Readonly<Record<string, readonly string[]>> = {
  14: ['MVA', 'AA', 'SCHOOL', 'SPT', 'OA'],
  15: ['WPA', 'EM'],
  47: ['MVA', 'AA', 'WPA', 'EM', 'SCHOOL', 'SPT', 'OA'],
};

/** Why Medicare is not the first payer (X12 837 SBR05; on institutional claims the value code that says the same). */
export const MSP_RULES: readonly ScrubRule[] = [
  {
    id: 'msp-type-missing', severity: 'error', source: 'X12 837 SBR05; Stedi COB edits: required where Medicare is not primary',
    check: ({ rows }) => rows.filter((row) => isMedicare(row) && row.insurance.sequence > 1 && typeOf(row) === undefined)
      .map((row) => spot(row.expression, 'Medicare is not primary here and nothing says why: add msp-insurance-type (12, 13, 14, 15, 16, 41, 42, 43 or 47)')),
  },
  {
    id: 'msp-type-unknown', severity: 'error', source: 'X12 837 SBR05: 12, 13, 14, 15, 16, 41, 42, 43, 47; Stedi COB edits: not allowed',
    check: ({ rows }) => rows.filter((row) => typeOf(row) !== undefined && !TYPES.has(typeOf(row) ?? '')).map((row) => spot(row.expression, 'This msp-insurance-type is none: 12, 13, 14, 15, 16, 41, 42, 43 or 47')),
  },
  {
    id: 'msp-type-on-primary', severity: 'error', source: 'X12 837 SBR05; Stedi COB edits: not allowed where Medicare is primary',
    check: ({ rows }) => rows.filter((row) => row.insurance.sequence === 1 && typeOf(row) !== undefined)
      .map((row) => spot(row.expression, 'The first payer has no msp-insurance-type: take it off, or correct the order')),
  },
  {
    id: 'msp-type-not-medicare', severity: 'error', source: 'X12 837 SBR05: of Medicare alone',
    check: ({ rows }) => rows.filter((row) => row.kind !== undefined && !isMedicare(row) && row.insurance.sequence > 1 && typeOf(row) !== undefined)
      .map((row) => spot(row.expression, 'Only Medicare’s row has an msp-insurance-type: take it off')),
  },
  {
    id: 'msp-type-disagrees', severity: 'warning', source: 'domain/cob-rules.md §1.3: the rule that puts Medicare behind',
    check: typeDisagrees,
  },
  {
    id: 'msp-type-without-accident', severity: 'error', source: 'X12 837 SBR05 14, 15, 47 with CLM11; 42 CFR 411.40–.54',
    check: ({ rows, claim }) => rows.filter((row) => {
      const causes = ACCIDENT_TYPES[typeOf(row) ?? ''];
      const stated = claim.accident?.type?.coding?.flatMap(({ code }) => code ?? []) ?? [];
      return causes !== undefined && (!claim.accident || (stated.length > 0 && !stated.some((code) => causes.includes(code))));
    }).map((row) => spot(row.expression, 'This msp-insurance-type says that an accident is the cause, and the claim states none of that kind: correct the one that is wrong')),
  },
  {
    id: 'medicare-not-self', severity: 'error', source: 'X12 837 SBR02: who has Medicare is the subscriber; Medicare covers no dependents',
    check: ({ rows }) => rows.filter(({ kind, coverage }) => (kind === 'medicare' || kind === 'medicare-advantage') && (coverage?.relationship?.coding ?? []).some(({ code }) => code !== undefined && code !== 'self' && code !== '18'))
      .map((row) => spot(`${row.expression}.coverage`, 'Medicare covers nobody as a dependent: the relationship is self')),
  },
];

const isMedicare = ({ kind }: Row): boolean => kind === 'medicare';
const typeOf = ({ insurance }: Row): string | undefined => insurance.extension?.find(({ url }) => url === MSP_TYPE)?.valueCode;

function typeDisagrees({ rows, input }: ScrubFacts): Spot[] {
  const ranked = input.orders[0]?.order.ranked ?? [];
  return rows.filter((row) => {
    const place = ranked.find(({ coverage }) => coverage === row.reference);
    const expected = place && mspTypeOf(place, row.coverage);
    return expected !== undefined && typeOf(row) !== undefined && typeOf(row) !== expected;
  }).map((row) => spot(row.expression, 'The order of benefits gives another reason for which Medicare is not primary: correct msp-insurance-type, or the facts'));
}
