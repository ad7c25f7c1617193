import type { LogEntry } from '../fhir/interactions/interaction.js';
import type { BackOff, Outbound } from '../outbound/index.js';
import type { TokenCache } from '../smart/backend/index.js';
import { Pace, SourceClient, SourceError, type Access, type PaceLimits } from './client/index.js';
import { planChanges, planOf, statementIn, type TypePlan } from './plan.js';
import { scopesOf, type Source } from './source.js';

export interface KnowingParts {
  readonly outbound: Outbound;
  /** Undefined without keys of ours. */
  readonly tokens?: TokenCache | undefined;
  readonly pace: PaceLimits;
  readonly waits: BackOff;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  readonly now: () => Date;
  readonly log: (entry: LogEntry) => void;
  readonly accessed?: ((source: Source, access: Access) => Promise<void> | undefined) | undefined;
}

/** How a source is asked, and what it can do. */
export interface Known {
  readonly client: SourceClient;
  readonly plans: readonly TypePlan[];
}

/** What a source can do is asked so often. */
const PLAN_MS = 24 * 60 * 60_000;

/** The clients of sources (tokens, pace) and what each source can do, as long as their settings stay. */
export class KnownSources {
  readonly #parts: KnowingParts;
  /** By their Endpoints' ids. */
  readonly #known = new Map<string, { readonly settings: string; readonly client: SourceClient; planned?: { readonly plans: readonly TypePlan[]; readonly at: number } }>();

  constructor(parts: KnowingParts) {
    this.#parts = parts;
  }

  /** @throws {SourceError} */
  async of(source: Source): Promise<Known> {
    const settings = JSON.stringify(source);
    const before = this.#known.get(source.id);
    const known = before?.settings === settings ? before : { settings, client: this.#clientOf(source) };
    this.#known.set(source.id, known);
    const now = this.#parts.now().getTime();
    if (known.planned && now - known.planned.at < PLAN_MS) return { client: known.client, plans: known.planned.plans };
    const { resource } = await known.client.capabilities();
    const plans = planOf(statementIn(resource), source);
    const changes = planChanges(known.planned?.plans ?? [], plans);
    if (!known.planned || changes.length > 0) this.#parts.log({ level: 'info', event: 'synchronisation planned', source: source.id, plan: plans.map(({ type, strategy }) => `${type}:${strategy}`).join(' '), changes: changes.join('; ') });
    known.planned = { plans, at: now };
    return { client: known.client, plans };
  }

  #clientOf(source: Source): SourceClient {
    const { outbound, tokens, pace, waits, sleep, random, log, accessed } = this.#parts;
    if (source.clientId !== undefined && !tokens) throw new SourceError('unauthorized', 'The source asks for a client id, and no key of ours is configured');
    const access = source.clientId !== undefined && tokens ? { tokens, request: { base: source.base, clientId: source.clientId, scopes: scopesOf(source) } } : undefined;
    return new SourceClient({
      base: source.base, pageOrigins: source.pageOrigins, outbound, access, pace: new Pace(pace, () => performance.now(), sleep), random, sleep, waits, onAccess: accessed && ((access) => accessed(source, access)),
      onMissingScopes: (scopes) => log({ level: 'error', event: 'scopes not given', source: source.id, scopes: scopes.join(' ') }),
    });
  }
}
