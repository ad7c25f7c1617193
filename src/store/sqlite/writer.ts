/** The thread that alone writes: commits that arrive together share one transaction and one wait for the disk. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openForWriting } from './connection.js';
import { Writer } from './group-commit.js';
import type { Writing } from './group-commit.js';
import type { Answer, Numbered, WriterJob } from './protocol.js';

/** A group ends with the commit that brings it to so many changes, so that small ones do not wait for all of a large one's followers. */
const CHANGES_IN_GROUP = 512;

function serve(writer: Writer, port: NonNullable<typeof parentPort>): void {
  const waiting: Numbered<WriterJob>[] = [];

  const collect = (): void => {
    for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) waiting.push(more.message as Numbered<WriterJob>);
  };
  const nextGroup = (): Writing[] => {
    const group: Writing[] = [];
    let changes = 0;
    for (let first = waiting[0]; first && first.job.op !== 'close' && changes < CHANGES_IN_GROUP; first = waiting[0]) {
      waiting.shift();
      group.push(first as Writing);
      changes += first.job.op === 'commit' ? first.job.changes.length : 1;
    }
    return group;
  };

  port.on('message', (message: Numbered<WriterJob>) => {
    waiting.push(message);
    for (collect(); waiting.length > 0; collect()) {
      const group = nextGroup();
      if (group.length > 0) port.postMessage(writer.writeGroup(group));
      const [last] = waiting;
      if (last?.job.op !== 'close') continue;
      writer.close();
      port.postMessage([{ number: last.number, value: undefined }] satisfies Answer[]);
      port.close();
      return;
    }
  });
}

if (parentPort) serve(new Writer(openForWriting((workerData as { readonly file: string }).file)), parentPort);
