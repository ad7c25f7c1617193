import { CARC_TRIAGE } from '../carc-triage.js';
import type { Adjustment } from '../model.js';
import { PAYABLE_ELSEWHERE, rankOf, type Category } from '../triage.js';
import type { WriteOffClass } from './write-off-class.js';

/** Class of what a payer refuses at the provider's expense, by the category of its CARC (domain/cob-rules.md §5). Categories that are not here are administrative. */
const CLASS_OF_CATEGORY: ReadonlyMap<Category, WriteOffClass> = new Map<Category, WriteOffClass>([
  ['contractual', 'contractual'],
  ['bundling', 'contractual'],
  ['qmb', 'qmb'],
  ['timely-filing', 'timely-filing'],
  ['appeal-limits', 'timely-filing'],
  ['medical-necessity', 'non-covered-provider-liable'],
  ['non-covered', 'non-covered-provider-liable'],
  ['general-denial', 'non-covered-provider-liable'],
  ['appeal-result', 'non-covered-provider-liable'],
]);

export const classOf = ({ reason }: Adjustment): WriteOffClass => CLASS_OF_CATEGORY.get(CARC_TRIAGE.get(reason)?.category ?? 'needs-human') ?? 'administrative';

/** CARC 23 and its like say what the payers before did, not what is left. */
export const isPriorEffect = ({ group, reason }: Adjustment): boolean => group !== 'PR' && reason === '23';

/** Refused in favour of another payer. */
export function isElsewhere({ group, reason }: Adjustment): boolean {
  const action = CARC_TRIAGE.get(reason)?.action;
  return group !== 'PR' && reason !== '209' && action !== undefined && PAYABLE_ELSEWHERE.has(action);
}

/** Codes by which an adjustment is Medicare cost share: deductible, coinsurance, copayment, blood deductible, and what may not be collected by rule. */
const COST_SHARE: ReadonlySet<string> = new Set(['1', '2', '3', '66']);
export const isCostShare = ({ group, reason }: Adjustment): boolean => (group === 'PR' && COST_SHARE.has(reason)) || reason === '209';

/** What Medicaid itself leaves to its member. */
const MEDICAID_SHARE: ReadonlySet<string> = new Set(['3', '142', '178']);
export const isMedicaidShare = ({ group, reason }: Adjustment): boolean => group === 'PR' && MEDICAID_SHARE.has(reason);

/** The most urgent refusal first, contractual amounts last. */
export const byUrgency = (a: Adjustment, b: Adjustment): number => rankFor(a) - rankFor(b) || (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : 0);
const rankFor = ({ reason }: Adjustment): number => rankOf(CARC_TRIAGE.get(reason)?.category ?? 'needs-human');
