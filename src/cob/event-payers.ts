import { before, type Decision } from './decision.js';
import { relatedCause, type World } from './plan-questions.js';
import type { RuleId } from './rules.js';
import type { Plan } from './situation.js';
import type { PayerKind, RelatedCause } from './types.js';

/** A payer for one event only: the causes it answers for, and its rule. */
interface EventPayer {
  readonly causes: readonly RelatedCause[];
  readonly rule: RuleId;
  readonly event: string;
}

const EVENT_PAYERS: Readonly<Partial<Record<PayerKind | 'no-coverage', EventPayer>>> = {
  'workers-comp': { causes: ['employment'], rule: 'M5', event: 'the work injury' },
  'black-lung': { causes: ['employment'], rule: 'M8', event: 'the lung disease of coal mining' },
  'no-fault': { causes: ['auto', 'other-accident'], rule: 'M6', event: 'the accident' },
  liability: { causes: ['auto', 'other-accident'], rule: 'M7', event: 'the accident' },
};

/** Undefined: not a payer for events. */
export const eventPayer = (kind: PayerKind | 'no-coverage'): EventPayer | undefined => EVENT_PAYERS[kind];

/** Does the service belong to the event that this payer answers for? */
export const isRelated = (world: World, plan: Plan, { causes, rule }: EventPayer): boolean => causes.includes(relatedCause(world, plan, rule));

/** Workers' compensation and the Black Lung Program never pay for the same condition: which one it is decides who is first. */
export function compensationOrBlackLung({ ask }: World, compensation: Plan, blackLung: Plan): Decision {
  const lung = ask({
    id: 'lung disease', coverage: blackLung.ref, rule: 'M8', possible: [true, false],
    expression: 'Claim.diagnosis', question: 'Is the service for the lung disease that the Black Lung Program covers, or for the work injury?',
  });
  return lung ? before(blackLung, compensation, 'M8', 'the service is for the covered lung disease') : before(compensation, blackLung, 'M5', 'the service is for the work injury');
}
