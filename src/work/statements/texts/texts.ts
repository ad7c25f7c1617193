import type { WriteOffClass } from '../../../claims/disposition/write-off-class.js';
import type { Category } from '../../../claims/triage.js';
import { en } from './en.js';
import { es } from './es.js';
import type { ServiceKind } from './service-kind.js';

/** The words of a statement in one language. Amounts and dates come formatted. */
export interface StatementTexts {
  /** BCP 47. */
  readonly language: 'en-US' | 'es-US';
  readonly title: string;
  readonly labels: {
    readonly date: string; readonly patient: string; readonly due: string;
    readonly amount: string; readonly charge: string; readonly owed: string; readonly total: string; readonly visit: string; readonly what: string;
  };
  readonly summary: { readonly due: (amount: string) => string; readonly early: (amount: string) => string; readonly nothing: string; readonly credit: (amount: string) => string };
  /** `claim`: the clinic's number of it, where there is one. */
  readonly visit: (dates: string, claim: string | undefined) => string;
  readonly wholeVisit: string;
  /** A payer whose name is not known. */
  readonly insurance: string;
  readonly paid: (payer: string) => string;
  readonly adjusted: (payer: string) => string;
  readonly returned: string;
  readonly why: string;
  readonly reasons: {
    /** By CARC. */
    readonly byCode: Readonly<Record<string, (payer: string) => string>>;
    /** Where the CARC has no text of its own, by its category. */
    readonly byCategory: { readonly [C in Category]?: (payer: string) => string };
    readonly other: (payer: string) => string;
    /** Where no code says why. */
    readonly left: string;
  };
  readonly code: (code: string) => string;
  readonly balance: { readonly share: string; readonly paid: string; readonly reduced: { readonly [C in WriteOffClass]?: string }; readonly credit: string; readonly rest: string };
  readonly waiting: { readonly heading: string; readonly text: string; readonly one: (dates: string, claim: string | undefined) => string };
  readonly questions: { readonly heading: string; readonly call: (clinic: string, phone: string | undefined) => string; readonly otherInsurance: string; readonly cannotPay: string };
  /** Said on a statement whose reader prefers a language that there are no texts in (45 CFR 92.201). */
  readonly otherLanguage: string;
  readonly services: Readonly<Record<ServiceKind, string>>;
  /** Who is written to about a child when nobody can be told apart. */
  readonly guardians: (patient: string) => string;
  /** Between the first day and the last. */
  readonly to: string;
  readonly footer: (page: number, pages: number) => string;
}

const LANGUAGES: ReadonlyMap<string, StatementTexts> = new Map([['en', en], ['es', es]]);

/** The texts in a language (`es`, `es-MX`), where there are some. */
export const textsIn = (language: string): StatementTexts | undefined => LANGUAGES.get(language.toLowerCase().split(/[-_]/)[0] ?? '');

export const ENGLISH = en;
