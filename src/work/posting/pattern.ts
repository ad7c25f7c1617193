import type { Basic } from 'fhir/r4.js';
import { addDays } from '../../claims/calendar.js';
import { WRITE_OFF_RULES, type WriteOffClass } from '../../claims/disposition/write-off-class.js';
import { LEDGER_SYSTEM, readEntry } from '../../claims/ledger/entry.js';
import { centsOf, negate, sum } from '../../claims/money.js';
import { because } from '../automation/draft.js';
import { withPlaybook } from '../queue/playbooks.js';
import { AUTOMATION, toTask } from '../task.js';
import type { PostingContext } from './post.js';

/** So many claims of one class in so many days are a pattern, not an accident. */
const PATTERN = 5;
const WINDOW_DAYS = 90;
/** The newest write-offs that are looked at. */
const AT_MOST = 1_000;

/** When what is approved by amount is written off again and again, the policy is reviewed, and the work that leads there (R112): one Task a class and month. */
export async function policyReview(of: WriteOffClass, today: string, { resources, find, now }: PostingContext): Promise<void> {
  if (WRITE_OFF_RULES[of].approval !== 'by-amount') return;
  const basics = await resources.first<Basic>('Basic', `code=${LEDGER_SYSTEM}|write-off&created=ge${addDays(today, -WINDOW_DAYS)}&_sort=-created,_id`, AT_MOST);
  const entries = basics.flatMap((basic) => readEntry(basic) ?? []).filter(({ writeOffClass }) => writeOffClass === of);
  const roots = [...new Set(entries.map(({ root }) => root))].sort();
  const [latest] = entries;
  if (roots.length < PATTERN || !latest) return;
  const task = toTask(withPlaybook({
    code: 'resolve-balance',
    cause: ['policy-review', of, today.slice(0, 7)],
    focus: latest.root,
    requester: AUTOMATION,
    reason: because('work-reason', 'policy-review'),
    description: `Review the policy, or the work before it: ${of} was written off for ${roots.length} claims in ${WINDOW_DAYS} days`,
    state: 'a pattern',
    amount: centsOf(Math.max(0, negate(sum(entries.map(({ amount }) => amount))))),
    authoredOn: now.toISOString(),
  }, find));
  await resources.commit([{ put: task, ifAbsent: true }]);
}
