import type { Task } from 'fhir/r4.js';
import type { HookCall } from './hook-call.js';
import type { Unsettled } from './questions.js';

/** A card of CDS Hooks 2.0, "Card Attributes". */
export interface Card {
  readonly uuid: string;
  readonly summary: string;
  readonly detail: string;
  readonly indicator: 'warning';
  readonly source: { readonly label: string; readonly url: string; readonly topic: { readonly system: string; readonly code: string; readonly display: string } };
  readonly suggestions: readonly { readonly label: string; readonly uuid: string; readonly actions: readonly { readonly type: 'create'; readonly description: string; readonly resource: Task }[] }[];
  readonly selectionBehavior: 'at-most-one';
  readonly overrideReasons: readonly OverrideReason[];
  readonly links?: readonly { readonly label: string; readonly url: string; readonly type: 'smart'; readonly appContext: string }[];
}

/** A Coding of FHIR; what a client shows is `display`. */
export interface OverrideReason {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

export interface CardParts {
  /** Where the pages are, `https://cobalt.clinic.example`. */
  readonly origin: string;
  /** Whether a health record can launch the app here. */
  readonly launches: boolean;
  readonly newId: () => string;
}

/** A summary is shorter than this. */
const SUMMARY = 140;
const WORK = 'https://cobalt.example/fhir/CodeSystem/work';

/** What to ask, and where to see more. */
export function cardOf({ coverages, questions }: Unsettled, { patientId, encounterId }: HookCall, { origin, launches, newId }: CardParts): Card {
  const known = `${WORDS[coverages] ?? String(coverages)} active coverages, order unresolved: ask`;
  const [only, another] = questions;
  const asked = only && !another ? `${known} “${only.question}”` : undefined;
  const summary = asked !== undefined && asked.length < SUMMARY ? asked : `${known} ${questions.length === 1 ? 'a question' : `${questions.length} questions`}`;
  return {
    uuid: newId(), summary, indicator: 'warning',
    detail: ['Who pays first depends on what nobody has written down yet. **Ask the patient:**', '', ...questions.map(({ question, payer, rule }) => `- ${markdown(question)} (${markdown(payer)}, rule ${markdown(rule)})`)].join('\n'),
    source: { label: 'Cobalt: coordination of benefits', url: `${origin}/docs/cob-order`, topic: { system: WORK, code: 'verify-cob', display: 'Verify the order of benefits' } },
    suggestions: [{
      label: 'Put it on the list of what to ask', uuid: newId(),
      actions: [{ type: 'create', description: 'A task to ask the patient, so that the claim goes to the right payer first', resource: task(questions.map(({ question }) => question), patientId, encounterId) }],
    }],
    selectionBehavior: 'at-most-one', overrideReasons: OVERRIDE_REASONS,
    ...(launches ? { links: [{ label: 'Open in Cobalt', url: `${origin}/launch`, type: 'smart', appContext: JSON.stringify({ view: 'questions' }) }] } : {}),
  };
}

const OVERRIDE = 'https://cobalt.example/fhir/CodeSystem/override-reason';

/** Why somebody does not ask (CodeSystem `override-reason`): feedback brings the code back. */
export const OVERRIDE_REASONS: readonly OverrideReason[] = [
  ['asked-already', 'Has been asked already'], ['does-not-know', 'The patient does not know'], ['cannot-be-asked', 'The patient can’t be asked now'],
  ['asked-elsewhere', 'Others will ask'], ['coverage-not-used', 'One of the coverages is not to be used'],
].map(([code = '', display = '']) => ({ system: OVERRIDE, code, display }));

const WORDS: Readonly<Record<number, string>> = { 2: 'Two', 3: 'Three', 4: 'Four' };

/** For the client's own server: its patient and its encounter. */
const task = (questions: readonly string[], patientId: string, encounterId: string | undefined): Task => ({
  resourceType: 'Task', status: 'requested', intent: 'proposal', code: { coding: [{ system: WORK, code: 'verify-cob' }], text: 'Ask what settles the order of payers' },
  description: questions.join('\n'), for: { reference: `Patient/${patientId}` }, ...(encounterId === undefined ? {} : { encounter: { reference: `Encounter/${encounterId}` } }),
});

/** Text that Markdown reads as text (GitHub Flavored Markdown §2.4): names of payers come from others. */
const markdown = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>()#+!|~&@:]/g, (character) => `\\${character}`);
