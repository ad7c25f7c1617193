import type { Parameters } from 'fhir/r4.js';

const OUTPUTS = ['normalBenefit', 'pays', 'patientOwes', 'writeOff'] as const;

/** What a case of `money.json` expects of an answer: US dollars, equal to the cent. */
export type MoneyExpectation = { readonly [Output in (typeof OUTPUTS)[number]]?: number };

/** Every difference between the answer and what the case expects, in words; none when it is met. */
export function checkMoney(expect: MoneyExpectation, answer: Parameters): string[] {
  return OUTPUTS.filter((output) => expect[output] !== undefined).flatMap((output) => {
    const money = answer.parameter?.find((parameter) => parameter.name === output)?.valueMoney;
    const met = money?.currency === 'USD' && money.value === expect[output];
    return met ? [] : [`${output}: expected ${expect[output]}, answered ${money?.value ?? 'nothing'} ${money?.currency ?? ''}`.trim()];
  });
}
