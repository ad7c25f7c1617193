import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { loadOperations } from '../operations/index.js';
import { Conformance } from './fhir/conformance.js';
import { BulkJobs } from './exchange/bulk/jobs.js';
import type { BulkTiming } from './exchange/bulk/timing.js';
import { subscriptionGuard } from './exchange/subscription/guard.js';
import type { Timing as SubscriptionTiming } from './exchange/subscription/parts.js';
import { Subscriptions } from './exchange/subscription/subscriptions.js';
import { TOPICS } from './exchange/subscription/topics.js';
import type { Caller } from './fhir/access/caller.js';
import { createFhir } from './fhir/fhir.js';
import { guards } from './fhir/guard.js';
import type { LogEntry } from './fhir/interactions/interaction.js';
import type { Resources } from './fhir/resources.js';
import { createSearch } from './fhir/search/index.js';
import { HeldTerminology } from './fhir/terminology/index.js';
import { prepareValidation, registerProfiles } from './fhir/validation/index.js';
import { createApp } from './http/app.js';
import { readExamples } from './http/docs/examples.js';
import { isLoopback, loopbackHosts } from './http/hosts.js';
import { createListener, type Seen } from './http/listener.js';
import { Metrics } from './http/metrics.js';
import { counted, RateLimiter } from './http/rate-limit.js';
import type { LocateHere } from './http/gate.js';
import { hereFor } from './http/launch/here.js';
import { refuseBeside } from './http/outcome-answer.js';
import { smart as smartServer } from './http/smart.js';
import { loadConformance, loadSeed } from './preload.js';
import { outbound, type OutboundRules } from './outbound/index.js';
import { inProject } from './root.js';
import { addressesOf, CdsClientVerifier, Launches, serversOf, TokenVerifier, type CdsClient, type ClientKeys, type Issuer } from './smart/index.js';
import { TokenCache } from './smart/backend/index.js';
import type { Store } from './store/store.js';
import { accessFacts, isOf, locate, localize, scheduled, SyncEngine, syncMetrics, type EngineParts } from './sync/index.js';
import { arrivals, COBALT_DEVICE, coverageChanges, coverageJob, reviewJob } from './work/automation/index.js';
import { DEFAULT_POLICY, type WriteOffPolicy } from './claims/disposition/write-off-class.js';
import { closingGuard } from './work/posting/closing.js';
import { ledgerGuard } from './work/posting/guard.js';
import { postingJob, postings } from './work/posting/job.js';
import { outreach } from './work/outreach/outreach.js';
import { patientMessages } from './work/outreach/tasks.js';
import { overrideRecords } from './work/queue/override.js';
import { MissedStock } from './work/missed/stock.js';
import { ReviewStock } from './work/review/stock.js';
import { weeklyReview } from './work/review/weekly.js';
import { playbooksIn } from './work/queue/playbooks.js';
import { sourceConflict } from './work/queue/source-conflict.js';
import { taskGuard } from './work/queue/transitions.js';
import { rulesReview } from './work/queue/rules-review.js';
import { beginChecklists, upkeep } from './work/queue/upkeep.js';
import { channelsWith } from './work/submission/channels.js';
import type { ClaimFolder } from './work/submission/drop-folder.js';
import { followUpJob } from './work/submission/follow-up.js';
import { submitJob } from './work/submission/submit-job.js';
import { eraFolder as takeRemittances } from './work/remittance/era-folder.js';
import { AUTOMATION } from './work/task.js';
import { Worker } from './work/worker.js';

export interface Parts {
  readonly store: Store;
  /** The FHIR base as clients see it, without a slash at the end. */
  readonly baseUrl: string;
  readonly seed: 'demo' | 'none';
  readonly validate?: 'base' | 'profile';
  /** Whether a conditional delete may delete more than one resource; default `single`. */
  readonly conditionalDelete?: 'single' | 'multiple' | undefined;
  /** Whether decisions that arrive are reviewed; default: no. */
  readonly automation?: boolean | undefined;
  /** Whether every access and change leaves an AuditEvent; default: yes. */
  readonly audit?: boolean | undefined;
  /** Days before a deadline on which a Task is escalated; default 30, 14, 7, 3 and 1. */
  readonly escalationDays?: readonly number[] | undefined;
  /** Days after which a message that a patient has not read is tried another way; default 7. */
  readonly unreadDays?: number | undefined;
  /** The folder from which remittances are taken; default: none. */
  readonly eraFolder?: string | undefined;
  /** The folder in which claims are left for a clearinghouse, and how long they are collected; default: none. */
  readonly claimFolder?: ClaimFolder | undefined;
  /** Who must approve write-offs. */
  readonly writeOffPolicy?: WriteOffPolicy | undefined;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly log: (entry: LogEntry) => void;
  /** Told of every answer; default: nobody. */
  readonly seen?: ((seen: Seen) => void) | undefined;
  /** How many requests a caller may make in a minute; default: as many as it likes. */
  readonly rateLimit?: number | undefined;
  /** The other machines that may be called; default: none. */
  readonly outbound?: OutboundRules;
  /** Whose access tokens are accepted; default: nobody is asked for one. */
  readonly issuers?: readonly [Issuer, ...Issuer[]] | undefined;
  /** Whose CDS Hooks are answered; default: everybody's while no issuers are given, then nobody's. */
  readonly cdsClients?: readonly CdsClient[] | undefined;
  /** Our own keys as a client of other servers; default: none. */
  readonly clientKeys?: ClientKeys | undefined;
  /** How sources are asked; default: as is polite to a health record. */
  readonly syncing?: (Pick<EngineParts, 'pace' | 'waits' | 'leaseMs'> & { readonly tickMs?: number }) | undefined;
  /** How long subscriptions and bulk jobs wait for what; defaults of their own. */
  readonly exchange?: { readonly subscriptions?: Partial<SubscriptionTiming>; readonly bulk?: Partial<BulkTiming> } | undefined;
  /** False once a shutdown has begun. */
  readonly isReady: () => boolean;
}

export interface Cobalt {
  readonly listener: RequestListener;
  readonly resources: Resources;
  /** Resolves when every request that was answered has its AuditEvent. */
  readonly flushAudit: () => Promise<void>;
  /** Does what the server does itself, once it is started; undefined without automation. */
  readonly worker: Worker | undefined;
  /** Sends claims and follows them, once it is started: by itself, so that a slow payer keeps nothing waiting. */
  readonly sender: Worker;
  /** Keeps the queue as the clock has it, once it is started. */
  readonly keeper: Worker;
  /** Keeps what reviews add up, the backlog of missed secondaries too, up to date, once it is started: what was loaded at once may take minutes. With automation it makes each week’s review; without, whoever asks for one waits for the look. */
  readonly stockTaker: Worker;
  /** Keeps the store in step with its sources: `synchronizer` by the schedule once it is started, `sync` when asked to. */
  readonly synchronizer: Worker;
  readonly sync: SyncEngine;
  /** Tells subscribers what happens, once it is started. */
  readonly subscriptions: Subscriptions;
  /** Exports and imports, once it is started. */
  readonly jobs: BulkJobs;
}

/** How often the backlog is brought up to date where nobody asks for it. */
const STOCK_TAKING_MS = 60_000;

/** How often is looked for sources whose time has come. */
const SCHEDULE_MS = 10_000;
/** A page of a source may be larger than what a payer answers to a claim. */
const PAGE_LIMITS = { milliseconds: 60_000, bytes: 32_000_000 };

const NOWHERE: OutboundRules = { hosts: [], networks: [], loopback: false };

/** Puts the server together over a store, and fills it: when this resolves, it is ready. */
export async function compose({ store, baseUrl, seed, validate = 'base', conditionalDelete, automation = false, audit = true, escalationDays = [30, 14, 7, 3, 1], unreadDays = 7, eraFolder, claimFolder, writeOffPolicy = DEFAULT_POLICY, now, newId, log, seen, rateLimit, outbound: outboundRules = NOWHERE, issuers, cdsClients, clientKeys, syncing: { tickMs = SCHEDULE_MS, ...syncing } = {}, exchange = {}, isReady }: Parts): Promise<Cobalt> {
  await prepareValidation();
  const { version } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { version: string };
  const conformance = Conformance.read(inProject('profiles'));
  registerProfiles(conformance.resources);
  const checklists = { find: playbooksIn(conformance.ofType('PlanDefinition')), questionnaires: conformance.ofType('Questionnaire') };
  const submitting = { outbound: outbound(outboundRules), channels: channelsWith(claimFolder), checklists };
  const missed = new MissedStock();
  const review = new ReviewStock(missed);
  const terminology = new HeldTerminology(conformance.resources);
  const search = await createSearch({ baseUrl, extraParameters: conformance.ofType('SearchParameter'), terminology, now: () => now().getTime() });
  const milliseconds = (): number => now().getTime();
  const askIssuers = outbound(askingAt((issuers ?? []).flatMap(addressesOf), outboundRules), ISSUER_LIMITS).send;
  const located: LocateHere = (base, target) => locate(base, target, fhir.resources);
  const smart = issuers && smartServer(issuers, new TokenVerifier({ issuers, ask: askIssuers, now: milliseconds }), baseUrl, located);
  const launches = new Launches({ issuers: issuers ?? [], baseUrl, own: async () => smart?.stated() ?? {}, ask: askIssuers, now: milliseconds });
  const exchanging = { journal: store, journalOf: (caller: Caller | undefined) => fhir.journalOf(caller), search, outbound: submitting.outbound, baseUrl, now, newId, log, random: Math.random };
  const jobs = new BulkJobs({ ...exchanging, resources: () => fhir.resources, answer: (request) => fhir.answer(request), timing: exchange.bulk });
  const operations = loadOperations({ ...submitting, missed, review, writeOffPolicy, sync: () => sync, jobs, search, journal: store });
  const guard = guards(taskGuard(checklists.find, checklists.questionnaires), ledgerGuard, closingGuard(() => resources), subscriptionGuard(exchanging));
  const accompaniments = [overrideRecords(now), patientMessages(checklists.find, now), ...(automation ? [arrivals(now, () => worker?.wake()), postings(now, () => worker?.wake()), coverageChanges(now, () => worker?.wake())] : [])];
  const fhir = await createFhir({ store, search, operations, conformance, terminology, guard, accompaniments, jobs, topics: TOPICS.map(({ url }) => url), committed: (results) => subscriptions.committed(results), audit: audit ? { device: AUTOMATION } : undefined, validate, conditionalDelete, security: smart?.security, baseUrl, software: { version }, now, newId, log });
  const { resources, secrets } = fhir;
  const subscriptions = new Subscriptions({ ...exchanging, trusts: (name) => issuers?.some(({ issuer }) => issuer === name) ?? true, resources, secrets, disclosed: fhir.disclosed, timing: exchange.subscriptions });
  const worker = automation ? new Worker({ resources, jobs: [coverageJob({ resources, find: checklists.find }), reviewJob({ resources, find: checklists.find }), postingJob({ resources, find: checklists.find, policy: writeOffPolicy })], now, log }) : undefined;
  const sending = { ...submitting, resources, baseUrl, now };
  const sender = new Worker({ resources, jobs: [submitJob(sending), followUpJob(sending)], now, log });
  const pages = outbound(outboundRules, PAGE_LIMITS);
  const tokens = clientKeys ? new TokenCache({ exchange: pages.send, keys: clientKeys, now, newId }) : undefined;
  const sync: SyncEngine = new SyncEngine({ resources, outbound: pages, tokens, conflict: sourceConflict(checklists.find, now), accessed: (source, access) => fhir.note(accessFacts(source, access, AUTOMATION, now())), now, newId, log, ...syncing });
  const synchronizer = new Worker({ resources, jobs: [], chores: [scheduled({ engine: sync, resources, log })], pollMs: tickMs, now, log });
  const weekly = automation ? [weeklyReview({ resources, stock: review, measures: conformance.ofType('Measure'), find: checklists.find })] : [];
  const stockTaker = new Worker({ resources, jobs: [], chores: [() => review.take(resources), ...weekly], pollMs: STOCK_TAKING_MS, now, log });
  const chores = [beginChecklists({ resources, log }), upkeep({ resources, playbooks: checklists.find, escalationDays, log }), outreach({ resources, find: checklists.find, unreadDays, log }), rulesReview({ resources, find: checklists.find, log }), ...(eraFolder === undefined ? [] : [takeRemittances({ folder: eraFolder, resources, log })])];
  const keeper = new Worker({ resources, jobs: [], chores, now, log });
  if (seed === 'demo' && (await loadSeed(store, { resources, now }, inProject('seed')))) await worker?.drain();
  await loadConformance(store, fhir.resources, [...conformance.resources, ...operations.operations.map(({ definition }) => definition), COBALT_DEVICE]);
  const forms = [...new Set(operations.operations.map(({ definition }) => definition.code))].flatMap((code) => operations.formsOf(code));
  const metrics = new Metrics({ auditWaiting: fhir.auditWaiting, sources: () => syncMetrics(resources, now()) });
  const limiter = rateLimit === undefined ? undefined : new RateLimiter(rateLimit);
  const app = createApp({
    page: { baseUrl, version, operations: forms },
    docs: { baseUrl, operations: operations.operations, codesOf: fhir.codesOf, describe: fhir.describe, examplesOf: (code) => readExamples(inProject('operations', code, 'example.http')) },
    launch: { baseUrl, launches, here: async (request, reference) => smart && hereFor(request, reference, { smart, fhir }), counted: (request, response, count) => counted(request, response, smart ? smart.caller(request) : Promise.resolve(undefined), limiter, count), refuse: (request, response, caller, error) => refuseBeside(fhir, request, response, caller, error) },
    cds: {
      limiter,
      fhir, locate: located, isOf, serversOf: (client) => serversOf(client, issuers ?? [], baseUrl), ask: outbound(outboundRules, HOOK_LIMITS).send, origin: new URL(baseUrl).origin, launches: launches.offers.length > 0, now, newId,
      clients: cdsClients ? new CdsClientVerifier({ clients: cdsClients, ask: outbound(askingAt(cdsClients.map(({ jwksUri }) => jwksUri), outboundRules), ISSUER_LIMITS).send, facts: store, now: milliseconds }) : issuers ? 'closed' : 'open',
      rehome: async (resource, base, inline) => {
        const elsewhere: LocateHere = base === baseUrl ? async (_base, { type, id }) => `${type}/${id}` : base.startsWith('urn:') ? async () => undefined : located;
        await localize(resource, { base, pageOrigins: [] }, async (target) => inline.get(`${target.type}/${target.id}`) ?? elsewhere(base, target));
      },
    },
    keys: () => clientKeys?.published ?? [],
    isReady, probe: () => store.probe(), metrics, log,
  });
  const listener = createListener({
    fhir, app, newId, ...(smart ? { smart } : { acceptsHost: loopbackHosts(baseUrl) }), limiter,
    seen: (each) => {
      metrics.seen(each);
      seen?.(each);
    },
  });
  return { listener, resources: fhir.resources, flushAudit: fhir.flushAudit, worker, sender, keeper, stockTaker, synchronizer, sync, subscriptions, jobs };
}

/** An issuer that does not answer at once keeps everybody waiting. */
const ISSUER_LIMITS = { milliseconds: 5_000, bytes: 1_000_000 };

/** Of a health record whose hook waits for the answer. */
const HOOK_LIMITS = { milliseconds: 5_000, bytes: 4_000_000 };

/** Issuers are asked at the addresses that they are configured with; at others (their keys) as other machines are. */
function askingAt(addresses: readonly string[], { hosts, networks }: OutboundRules): OutboundRules {
  const urls = addresses.map((address) => new URL(address));
  const own = urls.filter(({ protocol }) => protocol === 'https:').map(({ hostname, port }) => ({ name: hostname, ...(port === '' ? {} : { port }) }));
  return { hosts: [...hosts, ...own], networks, loopback: urls.some(({ hostname }) => isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'))) };
}
