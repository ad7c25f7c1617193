/** The thread that alone writes: commits that arrive together share one transaction and one wait for the disk. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { StoreUnavailableError } from '../store.js';
import type { Change } from '../store.js';
import { openForWriting } from './connection.js';
import { Writer } from './group-commit.js';
import type { Writing } from './group-commit.js';
import { toFailure } from './protocol.js';
import type { Ahead, Answer, CommitJob, Numbered, Parcel, ThreadData, WriterJob } from './protocol.js';

/** A group ends with the commit that brings it to so many changes, so that small ones do not wait for all of a large one's followers. */
const CHANGES_IN_GROUP = 512;

/** What was sent ahead went to a thread that died before this one was started. */
const lost = (): StoreUnavailableError => new StoreUnavailableError('failed', 'A thread of the store died before it had all of the commit. Nothing was written: try again.');

function serve(writer: Writer, port: NonNullable<typeof parentPort>): void {
  const waiting: Numbered<WriterJob>[] = [];
  const parcels = new Map<number, Change[]>();

  const take = (message: Parcel | Numbered<WriterJob>): void => {
    if ('parcel' in message) parcels.set(message.parcel, [...(parcels.get(message.parcel) ?? []), ...message.changes]);
    else if (message.job.op !== 'commit' || !message.job.after) waiting.push(message);
    else unpack(message.number, message.job, message.job.after);
  };
  const unpack = (number: number, job: CommitJob, after: Ahead): void => {
    const before = parcels.get(after.parcel) ?? [];
    parcels.delete(after.parcel);
    if (before.length === after.changes) waiting.push({ number, job: { ...job, changes: [...before, ...job.changes] } });
    else port.postMessage([{ number, failure: toFailure(lost()) }] satisfies Answer[]);
  };
  const collect = (): void => {
    for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) take(more.message as Parcel | Numbered<WriterJob>);
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

  port.on('message', (message: Parcel | Numbered<WriterJob>) => {
    take(message);
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

if (parentPort) {
  const { file, searchMs } = workerData as ThreadData;
  serve(new Writer(openForWriting(file), searchMs), parentPort);
}
