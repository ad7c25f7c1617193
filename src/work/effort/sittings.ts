import type { Duration, Task } from 'fhir/r4.js';
import { relative } from '../../claims/read-header.js';
import { flagsOf } from '../queue/flags.js';
import { AUTOMATION, isDetail } from '../task.js';

/** Time that somebody worked on a Task at one go. */
export interface Sitting {
  /** `Task/1`. */
  readonly task: string;
  /** Whose it was then: a person or a team; undefined where time was entered for a Task that nobody had. */
  readonly who?: string | undefined;
  /** FHIR instants. */
  readonly start: string;
  readonly end: string;
  readonly seconds: number;
  /** How often it was written meanwhile. */
  readonly touches: number;
  /** From the versions of the Task, or as somebody entered it. */
  readonly source: 'derived' | 'entered';
}

/** Who writes nothing for longer has most likely gone: so much counts, and no more (R164). */
export const IDLE_SECONDS = 30 * 60;

/**
 * What the versions of a Task, the oldest first, say about who worked on it and how long. A sitting begins when somebody
 * takes it (`in-progress` with an owner), and ends when it is released, passed on or done; between two touches at most
 * IDLE_SECONDS count, and after more than that a new sitting begins. One that has not ended is not told. Durations that
 * somebody entered (`Task.output` of type `effort`) count instead of all that.
 */
export function sittingsOf(versions: readonly Task[]): Sitting[] {
  const entered = enteredIn(versions);
  return entered.length > 0 ? entered : derivedFrom(versions);
}

interface Open {
  readonly who: string;
  readonly start: number;
  readonly last: number;
  readonly seconds: number;
  readonly touches: number;
}

function derivedFrom(versions: readonly Task[]): Sitting[] {
  const found: Sitting[] = [];
  const task = `Task/${versions[0]?.id ?? ''}`;
  const end = ({ who, start, last, seconds, touches }: Open): void =>
    void found.push({ task, who, start: instant(start), end: instant(last), seconds, touches, source: 'derived' });
  let open: Open | undefined;
  let before: Task | undefined;
  for (const version of versions) {
    const at = Math.floor(momentOf(version) / 1_000);
    const who = holderOf(version);
    if (open && who === open.who && before && isOfClock(before, version)) {
      before = version;
      continue;
    }
    if (open) {
      const gap = Math.max(0, at - open.last);
      if (gap > IDLE_SECONDS) {
        end({ ...open, last: open.last + IDLE_SECONDS, seconds: open.seconds + IDLE_SECONDS });
        open = { who: open.who, start: at, last: at, seconds: 0, touches: 1 };
      } else open = { ...open, last: at, seconds: open.seconds + gap, touches: open.touches + 1 };
      if (who !== open.who) {
        end(open);
        open = undefined;
      }
    }
    if (who !== undefined) open ??= { who, start: at, last: at, seconds: 0, touches: 1 };
    else if (!before || holderOf(before) === undefined) {
      // Done without having been taken: that it was touched is known, not how long.
      const person = version.status === 'completed' && before?.status !== 'completed' ? personOf(version) : undefined;
      if (person !== undefined) end({ who: person, start: at, last: at, seconds: 0, touches: 1 });
    }
    before = version;
  }
  return found;
}

/** Each counts from the version that it first stood in. */
function enteredIn(versions: readonly Task[]): Sitting[] {
  const last = versions.at(-1);
  return durationsOf(last).map((seconds, position): Sitting => {
    const version = versions.find((one) => durationsOf(one).length > position) ?? last;
    const end = Math.floor((version ? momentOf(version) : 0) / 1_000);
    return { task: `Task/${last?.id ?? ''}`, who: version && personOf(version), start: instant(end - seconds), end: instant(end), seconds, touches: 1, source: 'entered' };
  });
}

const durationsOf = (task: Task | undefined): number[] => (task?.output ?? []).filter(isDetail('effort')).flatMap(({ valueDuration }) => secondsIn(valueDuration) ?? []);

/** By UCUM code, else by the unit as people write it. */
const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, minutes: 60, h: 3_600, hours: 3_600, d: 86_400 };

function secondsIn(duration: Duration | undefined): number | undefined {
  const factor = SECONDS[duration?.code ?? duration?.unit ?? ''];
  const value = duration?.value;
  return factor === undefined || value === undefined || !(value >= 0) ? undefined : Math.round(value * factor);
}

/** The queue's keeper raises priorities and sets flags: nobody has touched it then. */
const isOfClock = (before: Task, after: Task): boolean => before.priority !== after.priority || flagsOf(before).join() !== flagsOf(after).join();

const holderOf = (task: Task): string | undefined => (task.status === 'in-progress' ? personOf(task) : undefined);

function personOf({ owner }: Task): string | undefined {
  const reference = relative(owner?.reference);
  return reference === AUTOMATION ? undefined : reference;
}

const momentOf = ({ meta, lastModified, authoredOn }: Task): number => Date.parse(meta?.lastUpdated ?? lastModified ?? authoredOn ?? '') || 0;
const instant = (seconds: number): string => new Date(seconds * 1_000).toISOString();
