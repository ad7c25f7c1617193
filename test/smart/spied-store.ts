import type { Change, Store } from '../../src/store/store.js';

/** The store, and how often anything was asked of it. */
export interface Spied {
  readonly wrap: (store: Store) => Store;
  readonly calls: () => number;
}

const ASKED: ReadonlySet<string | symbol> = new Set(['read', 'readVersion', 'history', 'search', 'commit']);

/** Refusals are recorded, too: those AuditEvents are the server's own. */
const recordsOnly = (name: string | symbol, [changes]: readonly unknown[]): boolean =>
  name === 'commit' && (changes as readonly Change[]).every((change) => change.op === 'put' && change.type === 'AuditEvent');

export function spiedStore(): Spied {
  let calls = 0;
  return {
    calls: () => calls,
    wrap: (store) => new Proxy(store, {
      get(target, name) {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => {
          if (ASKED.has(name) && !recordsOnly(name, given)) calls++;
          return Reflect.apply(member, target, given) as unknown;
        };
      },
    }),
  };
}
