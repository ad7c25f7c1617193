import type { Coding, PlanDefinition, TaskInput, UsageContext } from 'fhir/r4.js';
import { detail, WORK_SYSTEM, type WorkCode, type WorkItem } from '../task.js';

/** What is to be done, step by step, when a kind of work comes up (R106–R110): a PlanDefinition of `profiles/`. */
export interface Playbook {
  /** Its URL with its version, as it stands in `Task.instantiatesUri`. */
  readonly canonical: string;
  /** In order; `id` is that of the action. */
  readonly steps: readonly { readonly id: string; readonly title: string }[];
  /** Canonicals of the Questionnaires that its steps go through, with their versions. */
  readonly checklists: readonly string[];
}

/** The playbook of a kind of work: the one for this reason, else the one for whatever reason. */
export type FindPlaybook = (code: WorkCode, reason?: Coding) => Playbook | undefined;

/**
 * Playbooks say themselves what they are for, in `useContext`: `task` is a code of the queue, `focus` a reason
 * (`Task.statusReason`); without a reason it is the playbook of every reason that none is written for.
 */
export function playbooksIn(definitions: readonly PlanDefinition[]): FindPlaybook {
  const found = new Map<string, Playbook>();
  for (const definition of definitions) {
    const reasons = contexts(definition, 'focus');
    for (const task of contexts(definition, 'task').filter(({ system }) => system === WORK_SYSTEM)) {
      for (const reason of reasons.length > 0 ? reasons : [undefined]) found.set(keyOf(task.code, reason), toPlaybook(definition));
    }
  }
  return (code, reason) => found.get(keyOf(code, reason)) ?? found.get(keyOf(code));
}

/** The item with its playbook, and the playbook's steps and checklists among its inputs. */
export function withPlaybook(item: WorkItem, find: FindPlaybook): WorkItem {
  const playbook = find(item.code, item.reason);
  return playbook ? { ...item, playbook: playbook.canonical, inputs: [...(item.inputs ?? []), ...inputsOf(playbook)] } : item;
}

/** What a playbook brings to a Task: the steps in order, then the checklists. */
export const inputsOf = ({ steps, checklists }: Playbook): TaskInput[] => [
  ...steps.map(({ id, title }) => ({ id, ...detail('step'), valueString: title })),
  ...checklists.map((canonical) => ({ ...detail('checklist'), valueCanonical: canonical })),
];

const keyOf = (code: string | undefined, reason?: Coding): string => JSON.stringify([code, reason?.system, reason?.code]);

const contexts = ({ useContext = [] }: PlanDefinition, type: string): Coding[] =>
  useContext.filter(({ code }) => code.code === type).flatMap(({ valueCodeableConcept }: UsageContext) => valueCodeableConcept?.coding ?? []);

const toPlaybook = ({ url = '', version = '', action = [] }: PlanDefinition): Playbook => ({
  canonical: `${url}|${version}`,
  steps: action.map(({ id = '', title = '' }) => ({ id, title })),
  checklists: action.flatMap(({ definitionCanonical = '' }) => (definitionCanonical.includes('/Questionnaire/') ? [definitionCanonical] : [])),
});
