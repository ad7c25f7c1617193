import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Seen } from './listener.js';

/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface MetricsParts {
  /** AuditEvents that wait to be written. */
  readonly auditWaiting: () => number;
  /** Where the synchronisation of each source stands. */
  readonly sources: () => Promise<readonly SourceMetrics[]>;
}

export interface SourceMetrics {
  /** The id of its Endpoint. */
  readonly source: string;
  readonly lagSeconds: number | undefined;
  /** FHIR instant. */
  readonly lastSuccess: string | undefined;
  /** Types, and what comes before them, of which the last run did not come to its end. */
  readonly failedLanes: number;
  /** Resources of the last run, by what came of them. */
  readonly counts: Readonly<Record<'read' | 'written' | 'unchanged' | 'failed', number>>;
  readonly deadLetters: number;
}

/** What runs and how well, for Prometheus. Labels are methods, routes, statuses and the Endpoints of sources: never an id of anybody, never a value. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter;
  readonly #seconds: Histogram;
  readonly #sources: MetricsParts['sources'];
  readonly #ofSources: Readonly<Record<'lag' | 'success' | 'failed' | 'dead', Gauge<'source'>>> & { readonly resources: Gauge<'source' | 'outcome'> };
  #ofProcess = false;

  constructor({ auditWaiting, sources }: MetricsParts) {
    const registers = [this.#registry];
    this.#requests = new Counter({ name: 'cobalt_http_requests_total', help: 'Requests that were answered', labelNames: ['method', 'route', 'status'], registers });
    this.#seconds = new Histogram({ name: 'cobalt_http_request_duration_seconds', help: 'From the request to the end of its answer', labelNames: ['method', 'route'], buckets: BUCKETS, registers });
    new Gauge({ name: 'cobalt_audit_waiting', help: 'AuditEvents of reads and refusals that wait to be written', registers, collect() { this.set(auditWaiting()); } });
    const gauge = <Label extends string>(name: string, help: string, ...labels: Label[]): Gauge<'source' | Label> => new Gauge({ name: `cobalt_sync_${name}`, help, labelNames: ['source', ...labels], registers });
    this.#sources = sources;
    this.#ofSources = {
      lag: gauge('lag_seconds', 'How far the store is behind the source'),
      success: gauge('last_success_timestamp_seconds', 'When a run of the source last came to its end'),
      failed: gauge('failed_lanes', 'Types, and what comes before them, of which the last run did not come to its end'),
      resources: gauge('resources', 'Resources of the last run, by what came of them', 'outcome'),
      dead: gauge('dead_letters', 'What of the source could not be taken'),
    };
  }

  seen({ method, route, status, milliseconds }: Seen): void {
    this.#requests.inc({ method, route, status });
    this.#seconds.observe({ method, route }, milliseconds / 1_000);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text that is scraped. What is known of the process itself is watched from the first time on. */
  async text(): Promise<string> {
    if (!this.#ofProcess) collectDefaultMetrics({ register: this.#registry });
    this.#ofProcess = true;
    await this.#lookAtSources();
    return this.#registry.metrics();
  }

  async #lookAtSources(): Promise<void> {
    const { lag, success, failed, resources, dead } = this.#ofSources;
    const found = await this.#sources();
    for (const gauge of [lag, success, failed, resources, dead]) gauge.reset();
    for (const { source, lagSeconds, lastSuccess, failedLanes, counts, deadLetters } of found) {
      if (lagSeconds !== undefined) lag.set({ source }, lagSeconds);
      if (lastSuccess !== undefined) success.set({ source }, Date.parse(lastSuccess) / 1_000);
      for (const [outcome, count] of Object.entries(counts)) resources.set({ source, outcome }, count);
      failed.set({ source }, failedLanes);
      dead.set({ source }, deadLetters);
    }
  }
}
