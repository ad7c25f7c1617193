import { errors } from '../outcome.js';

const MAX_OPERATIONS = 1_000;
/** Characters that all operations of one patch may put in, copy and compare: far more than a resource can hold. */
const MAX_CHARACTERS = 64 * 2 ** 20;

/** What one patch may cost: a short one could otherwise copy a resource into itself until nothing is left. */
export class PatchBudget {
  #left = MAX_CHARACTERS;

  /** @throws {FhirError} 413 */
  constructor(operations: number) {
    if (operations > MAX_OPERATIONS) throw errors.tooLarge(`A patch may have at most ${MAX_OPERATIONS} operations: send the changed resource by PUT`);
  }

  /** @throws {FhirError} 413 */
  spend(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0) throw errors.tooLarge('The patch copies or compares too much: send the changed resource by PUT');
  }
}
