/** A thread that searches and reads histories on a connection of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { openForReading } from './connection.js';
import { Dictionary } from './dictionary.js';
import { Historian } from './history.js';
import { Chronicler } from './log.js';
import { toFailure } from './protocol.js';
import type { Answer, Numbered, ReaderJob, ThreadData } from './protocol.js';
import { Searcher } from './search.js';
import { TimeLimit } from './time-limit.js';

if (parentPort) serve(parentPort, workerData as ThreadData);

function serve(port: NonNullable<typeof parentPort>, { file, searchMs }: ThreadData): void {
  const db = openForReading(file);
  const dictionary = new Dictionary(db);
  const limit = new TimeLimit(db, searchMs);
  const searcher = new Searcher(db, dictionary, limit);
  const historian = new Historian(db, dictionary, limit);
  const chronicler = new Chronicler(db, dictionary);

  port.on('message', ({ number, job }: Numbered<ReaderJob>) => {
    try {
      port.postMessage([{ number, value: perform(job) }] satisfies Answer[]);
    } catch (error) {
      port.postMessage([{ number, failure: toFailure(error) }] satisfies Answer[]);
    }
  });

  function perform(job: ReaderJob): object | undefined {
    switch (job.op) {
      case 'search':
        return searcher.search(job.plan);
      case 'history':
        return historian.history(job.query);
      case 'log':
        return chronicler.log(job.query);
      case 'close':
        db.close();
        port.close();
        return undefined;
    }
  }
}
