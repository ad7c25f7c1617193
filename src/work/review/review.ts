import { Sample } from '../../claims/review/sample.js';
import { before, type Question } from '../../claims/review/question.js';
import { Tally } from '../../claims/review/tally.js';
import type { Resources } from '../../fhir/resources.js';
import { digest } from '../task.js';
import type { ReviewStock } from './stock.js';

export interface Drawing {
  readonly size: number;
  readonly seed: string;
}

export interface Reviewed {
  readonly tally: Tally;
  /** Claims to audit, `Claim/1`, in the order in which they were drawn. */
  readonly sample: readonly string[];
}

/** Adds up what is kept, in memory that does not grow with it: the question’s period, and as many days before it. */
export async function review(question: Question, { size, seed }: Drawing, stock: ReviewStock, resources: Resources): Promise<Reviewed> {
  const tally = new Tally(question);
  const sample = new Sample(size, seed, digest);
  for await (const file of stock.files(before(question.period).start, resources)) tally.add(file, (claim) => sample.offer(claim));
  return { tally, sample: sample.names };
}
