import type { Patient } from 'fhir/r4.js';
import type { Issue } from '../../fhir/outcome.js';
import { ENGLISH, textsIn, type StatementTexts } from './texts/texts.js';

/** In which language a patient is written to. */
export interface Language {
  readonly texts: StatementTexts;
  /** The patient prefers a language that there are no texts in. */
  readonly isOther: boolean;
  /** What whoever asks for the statement is told about it; none: the patient's own language. */
  readonly notes: readonly Issue[];
}

const note = (id: string, text: string): Issue => ({ severity: 'information', code: 'informational', id, text });

/** The preferred language of `Patient.communication`, else the first that is stated; English where there are no texts in it, or none is stated (R101). */
export function languageOf({ communication = [] }: Patient): Language {
  const stated = communication.find(({ preferred }) => preferred === true) ?? communication[0];
  const code = stated?.language.coding?.find((coding) => coding.code !== undefined)?.code;
  if (code === undefined) return { texts: ENGLISH, isOther: false, notes: [note('language-not-stated', 'Patient.communication states no language: the statement is in English. Ask for it')] };
  const texts = textsIn(code);
  return texts ? { texts, isOther: false, notes: [] } : { texts: ENGLISH, isOther: true, notes: [note('language-not-available', 'There are no texts in the language that the patient prefers: the statement is in English, and says that an interpreter helps')] };
}
