import type { Coverage, Meta } from 'fhir/r4.js';
import { extension, part } from './extensions.js';
import { COVERAGE_EXTENSION, type World } from './plan-questions.js';
import type { Plan } from './situation.js';

/** Why what stands of a coverage may not be so (any more), by what is known of its source (`Resource.meta`, extension `upstream`). */
export interface Doubt {
  /** `missing`: the source does not have it any more; `incomplete`: the source held parts of it back. */
  readonly kind: 'missing' | 'incomplete';
  /** Since when, YYYY-MM-DD; undefined: not known. */
  readonly since: string | undefined;
}

/** None where somebody has confirmed it since (extension `confirmed`). */
export function doubtOf(coverage: Coverage): Doubt | undefined {
  const upstream = extension(coverage.meta as Pick<Meta, 'extension'> | undefined, 'upstream');
  const missingSince = part(upstream, 'missingSince')?.valueInstant?.slice(0, 10);
  const isIncomplete = part(upstream, 'incomplete')?.valueBoolean === true;
  if (missingSince === undefined && !isIncomplete) return undefined;
  const since = missingSince ?? part(upstream, 'lastUpdated')?.valueInstant?.slice(0, 10);
  const confirmed = extension(coverage, 'confirmed')?.valueDate;
  if (confirmed !== undefined && confirmed >= (since ?? '')) return undefined;
  return { kind: missingSince === undefined ? 'incomplete' : 'missing', since };
}

const QUESTIONS: Readonly<Record<Doubt['kind'], (since: string) => string>> = {
  missing: (since) => `Its source does not have this coverage any more${since}: is it still in force? If so, state the day on which that was confirmed; if not, end or cancel it.`,
  incomplete: (since) => `Its source held parts of this coverage back${since}: does what stands here hold? If so, state the day on which that was confirmed; if not, correct it.`,
};

/** Whether a coverage that is in doubt takes part as it stands. */
export const holdsAsItStands = ({ ask }: World, { ref }: Plan, { kind, since }: Doubt): boolean =>
  ask({
    id: `${ref} doubt`, coverage: ref, rule: '1.5', possible: [true, false],
    expression: COVERAGE_EXTENSION('confirmed'), question: QUESTIONS[kind](since === undefined ? '' : ` (since ${since})`),
  });
