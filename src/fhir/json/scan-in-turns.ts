import { CLOSE_ARRAY, CLOSE_OBJECT, OPEN_ARRAY } from './characters.js';
import { Scanner, withoutMark, type Scan } from './scan.js';

/**
 * `scan` for a text that may be long (a Bundle of thousands of entries): between the elements of the lists of the
 * top-level object, `pause` lets others have their turn.
 * @throws {FhirError} as `scan`
 */
export const scanInTurns = (text: string, pause: () => Promise<void>): Promise<Scan> => new TurningScanner(withoutMark(text)).runInTurns(pause);

class TurningScanner extends Scanner {
  async runInTurns(pause: () => Promise<void>): Promise<Scan> {
    const start = this.begin('object');
    this.enter();
    if (this.text.charCodeAt(this.position) !== CLOSE_OBJECT) {
      do await this.member(pause);
      while (!this.endsList(CLOSE_OBJECT, 'a comma or }'));
    }
    this.leave(0);
    return this.finish('object', start);
  }

  private async member(pause: () => Promise<void>): Promise<void> {
    const keyStart = this.position;
    const key = this.keyAndColon(0);
    const start = this.position;
    if (this.text.charCodeAt(start) === OPEN_ARRAY) await this.list(pause);
    else this.value();
    this.members.set(key, { keyStart, start, end: this.position });
  }

  private async list(pause: () => Promise<void>): Promise<void> {
    this.enter();
    const firstKey = this.keyCount;
    if (this.text.charCodeAt(this.position) !== CLOSE_ARRAY) {
      let index = 0;
      do {
        this.path[this.depth - 1] = index++;
        this.value();
        await pause();
      } while (!this.endsList(CLOSE_ARRAY, 'a comma or ]'));
    }
    this.leave(firstKey);
  }
}
