import type { CodeableConcept, Coding } from 'fhir/r4.js';
import type { Concept } from './expansion.js';

/** The answer of `$validate-code`. */
export interface CodeCheck {
  readonly result: boolean;
  /** Why not, without the codes that were sent. */
  readonly message?: string;
  /** How the code is shown. */
  readonly display?: string | undefined;
}

export interface CheckOptions {
  /** Headings over other codes count too. */
  readonly abstract?: boolean | undefined;
  /** What the codes are looked for in, for the message: `the value set http://…`. */
  readonly where: string;
}

/** Whether a code is among `concepts`, under any system when it names none, and is shown as it should be. */
export function checkCoding({ system, code, display }: Coding, concepts: readonly Concept[], { abstract = false, where }: CheckOptions): CodeCheck {
  if (!code) return { result: false, message: 'A coding needs a code to be checked' };
  const found = concepts.filter((concept) => concept.code === code && (system === undefined || concept.system === system));
  const [concept, another] = found;
  if (!concept) return { result: false, message: `The code is not in ${where}` };
  if (another) return { result: false, message: `The code stands for ${found.length} things in ${where}: state its system` };
  if (concept.abstract && !abstract) return { result: false, message: 'The code is a heading over others and stands for nothing itself', display: concept.display };
  if (display !== undefined && !shownAs(concept).has(folded(display))) return { result: false, message: 'The display is not that of the code', display: concept.display };
  return { result: true, display: concept.display };
}

/** A concept passes when one of its codings does (R4 $validate-code). */
export function checkConcept({ coding = [] }: CodeableConcept, concepts: readonly Concept[], options: CheckOptions): CodeCheck {
  const checks = coding.map((each) => checkCoding(each, concepts, options));
  return checks.find(({ result }) => result) ?? checks[0] ?? { result: false, message: 'A concept needs a coding to be checked' };
}

/** Every way a concept may be shown; none is right where none is known (licensed texts). */
function shownAs({ display, designation }: Concept): { has(text: string): boolean } {
  if (display === undefined) return { has: () => true };
  return new Set([display, ...(designation ?? []).map(({ value }) => value)].map(folded));
}

const folded = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase();
