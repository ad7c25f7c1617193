/** The thread that alone writes: commits that arrive together share one transaction and one wait for the disk. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { StoreUnavailableError } from '../store.js';
import type { Change } from '../store.js';
import { openForWriting } from './connection.js';
import { Writer } from './group-commit.js';
import type { Writing } from './group-commit.js';
import { toFailure } from './protocol.js';
import type { Ahead, Answer, Numbered, Parcel, SentCommit, SentJob, ThreadData, WriterJob } from './protocol.js';

/** A group ends with the commit that brings it to so many changes, so that small ones do not wait for all of a large one's followers. */
const CHANGES_IN_GROUP = 512;

/** What was sent ahead went to a thread that died before this one was started. */
const lost = (): StoreUnavailableError => new StoreUnavailableError('failed', 'A thread of the store died before it had all of the commit. Nothing was written: try again.');

const changesIn = (text: string): Change[] => JSON.parse(text) as Change[];

function serve(writer: Writer, port: NonNullable<typeof parentPort>): void {
  const waiting: Numbered<WriterJob>[] = [];
  const parcels = new Map<number, Change[]>();

  const take = (message: Parcel | Numbered<SentJob>): void => {
    if ('parcel' in message) parcels.set(message.parcel, [...(parcels.get(message.parcel) ?? []), ...changesIn(message.changes)]);
    else if (message.job.op === 'commit') unpack(message.number, message.job);
    else waiting.push({ number: message.number, job: message.job });
  };
  const unpack = (number: number, { changes, after, ...job }: SentCommit): void => {
    const before = after ? sentAhead(after) : [];
    if (before) waiting.push({ number, job: { ...job, changes: [...before, ...changesIn(changes)] } });
    else port.postMessage([{ number, failure: toFailure(lost()) }] satisfies Answer[]);
  };
  /** Undefined where some of it is missing. */
  const sentAhead = ({ parcel, changes }: Ahead): readonly Change[] | undefined => {
    const before = parcels.get(parcel) ?? [];
    parcels.delete(parcel);
    return before.length === changes ? before : undefined;
  };
  const collect = (): void => {
    for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) take(more.message as Parcel | Numbered<SentJob>);
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

  port.on('message', (message: Parcel | Numbered<SentJob>) => {
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
