import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Seen } from './listener.js';

/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface MetricsParts {
  /** AuditEvents that wait to be written. */
  readonly auditWaiting: () => number;
}

/** What runs and how well, for Prometheus. Labels are methods, routes and statuses: never an id, never a value. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter;
  readonly #seconds: Histogram;
  #ofProcess = false;

  constructor({ auditWaiting }: MetricsParts) {
    const registers = [this.#registry];
    this.#requests = new Counter({ name: 'cobalt_http_requests_total', help: 'Requests that were answered', labelNames: ['method', 'route', 'status'], registers });
    this.#seconds = new Histogram({ name: 'cobalt_http_request_duration_seconds', help: 'From the request to the end of its answer', labelNames: ['method', 'route'], buckets: BUCKETS, registers });
    new Gauge({ name: 'cobalt_audit_waiting', help: 'AuditEvents of reads and refusals that wait to be written', registers, collect() { this.set(auditWaiting()); } });
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
    return this.#registry.metrics();
  }
}
