import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { loadOperations } from '../operations/index.js';
import { Conformance } from './fhir/conformance.js';
import { createFhir } from './fhir/fhir.js';
import type { LogEntry } from './fhir/interactions/interaction.js';
import type { Resources } from './fhir/resources.js';
import { createSearch } from './fhir/search/index.js';
import { HeldTerminology } from './fhir/terminology/index.js';
import { prepareValidation, registerProfiles } from './fhir/validation/index.js';
import { createApp } from './http/app.js';
import { readExamples } from './http/docs/examples.js';
import { loopbackHosts } from './http/hosts.js';
import { createListener } from './http/listener.js';
import { loadConformance, loadSeed } from './preload.js';
import { outbound, type OutboundRules } from './outbound/index.js';
import { inProject } from './root.js';
import type { Store } from './store/store.js';
import { arrivals, COBALT_DEVICE, reviewJob } from './work/automation/index.js';
import { playbooksIn } from './work/queue/playbooks.js';
import { taskGuard } from './work/queue/transitions.js';
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
  readonly now: () => Date;
  readonly newId: () => string;
  readonly log: (entry: LogEntry) => void;
  /** The other machines that may be called; default: none. */
  readonly outbound?: OutboundRules;
  /** False once a shutdown has begun. */
  readonly isReady: () => boolean;
}

export interface Cobalt {
  readonly listener: RequestListener;
  readonly resources: Resources;
  /** Does what the server does itself, once it is started; undefined without automation. */
  readonly worker: Worker | undefined;
}

const NOWHERE: OutboundRules = { hosts: [], networks: [], loopback: false };

/** Puts the server together over a store, and fills it: when this resolves, it is ready. */
export async function compose({ store, baseUrl, seed, validate = 'base', conditionalDelete, automation = false, now, newId, log, outbound: outboundRules = NOWHERE, isReady }: Parts): Promise<Cobalt> {
  await prepareValidation();
  const { version } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { version: string };
  const conformance = Conformance.read(inProject('profiles'));
  registerProfiles(conformance.resources);
  const checklists = { find: playbooksIn(conformance.ofType('PlanDefinition')), questionnaires: conformance.ofType('Questionnaire') };
  const submitting = { outbound: outbound(outboundRules), checklists };
  const operations = loadOperations(submitting);
  const terminology = new HeldTerminology(conformance.resources);
  const search = await createSearch({ baseUrl, extraParameters: conformance.ofType('SearchParameter'), terminology, now: () => now().getTime() });
  const guard = taskGuard(checklists.find, checklists.questionnaires);
  const accompaniment = automation ? arrivals(now, () => worker?.wake()) : undefined;
  const fhir = await createFhir({ store, search, operations, conformance, terminology, guard, accompaniment, validate, conditionalDelete, baseUrl, software: { version }, now, newId, log });
  const worker = automation ? new Worker({ resources: fhir.resources, jobs: [reviewJob({ resources: fhir.resources, find: checklists.find })], now, log }) : undefined;
  if (seed === 'demo' && (await loadSeed(store, fhir.resources, inProject('seed')))) await worker?.drain();
  await loadConformance(store, fhir.resources, [...conformance.resources, ...operations.operations.map(({ definition }) => definition), COBALT_DEVICE]);
  const forms = [...new Set(operations.operations.map(({ definition }) => definition.code))].flatMap((code) => operations.formsOf(code));
  const app = createApp({
    page: { baseUrl, version, operations: forms },
    docs: { baseUrl, operations: operations.operations, codesOf: fhir.codesOf, describe: fhir.describe, examplesOf: (code) => readExamples(inProject('operations', code, 'example.http')) },
    isReady, probe: () => store.probe(), log,
  });
  return { listener: createListener({ fhir, app, newId, log, acceptsHost: loopbackHosts(baseUrl) }), resources: fhir.resources, worker };
}
