import type { ClaimItem } from 'fhir/r4.js';
import { CARC_TRIAGE } from '../../claims/carc-triage.js';
import type { StatedReason, StatedService } from '../../claims/statement/stated.js';
import { dollars, longDate } from '../documents/words.js';
import { serviceKind } from './texts/service-kind.js';
import type { StatementTexts } from './texts/texts.js';
import type { Visit } from './visit.js';

/** The days of a visit in words; empty where none is stated. */
export function datesOf({ dates }: Visit, { language, to }: StatementTexts): string {
  if (!dates) return '';
  const start = longDate(dates.start, language);
  return dates.start === dates.end ? start : `${start} ${to} ${longDate(dates.end, language)}`;
}

/** The heading of a visit. */
export const visitName = (visit: Visit, texts: StatementTexts): string => texts.visit(datesOf(visit, texts), visit.number);

/** What was done, as a patient would call it: the clinic's own text where the claim has one, else our words for the kind of code, with the code. */
export function serviceName({ line }: Pick<StatedService, 'line'>, visit: Visit, texts: StatementTexts): string {
  const item = line === undefined ? undefined : visit.claim.item?.find(({ sequence }) => sequence === line);
  return item ? itemName(item, texts) : texts.wholeVisit;
}

export function itemName({ productOrService: { text, coding } }: ClaimItem, { services }: StatementTexts): string {
  const code = coding?.find((one) => one.code !== undefined)?.code;
  const name = text ?? services[serviceKind(code ?? '')];
  return code === undefined || name === code ? name : `${name} (${code})`;
}

/** Why the patient has a part: a sentence for each code, `$20.00: your coinsurance … (Harborlight, code PR-2)`. */
export function reasonsOf({ because, owed }: StatedService, visit: Visit, texts: StatementTexts): string {
  if (because.length === 0) return `${dollars(owed)}: ${texts.reasons.left}`;
  return because.map((reason) => `${reason.amount === undefined ? '' : `${dollars(reason.amount)}: `}${reasonText(reason, payerName(reason.coverage, visit, texts), texts)} (${texts.code(`PR-${reason.code}`)})`).join('; ');
}

function reasonText({ code }: StatedReason, payer: string, { reasons: { byCode, byCategory, other } }: StatementTexts): string {
  const category = CARC_TRIAGE.get(code)?.category;
  const text = (Object.hasOwn(byCode, code) ? byCode[code] : undefined) ?? (category && byCategory[category]) ?? other;
  return text(payer);
}

export const payerName = (coverage: string, { payers }: Visit, { insurance }: StatementTexts): string => payers.get(coverage) ?? insurance;
