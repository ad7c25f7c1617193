import { daysBetween, isDay } from '../calendar.js';
import { filingLimit, outerLimit, type Deadline, type DeadlineFacts } from '../deadlines/deadlines.js';
import { readPayerRules, takesElectronicClaim } from '../deadlines/payer-rules.js';
import { attachmentsOf } from '../derive/attachments.js';
import { filingDate } from '../derive/billed.js';
import { referenceTo } from '../derive/input.js';
import { relative } from '../read-header.js';
import { targetOf, type ScrubFacts } from './facts.js';
import { spot, type ScrubRule, type Spot } from './rule.js';

/** From so many days before a limit on, a person should see to it that the claim goes out (domain R083). */
const NEAR = 7;

/** When, how and with what the payer takes the claim. */
export const FILING_RULES: readonly ScrubRule[] = [
  {
    id: 'filing-limit-passed', severity: 'error', source: 'domain/cob-rules.md §4; CARC 29; R082',
    check: (facts) => limitOf(facts).filter(({ due }) => due < facts.input.asOf)
      .map(({ due, rule, source }) => spot(focalAt(facts), `The claim was due on ${due}: ${rule} (${source}). Send it only with what excuses the delay`)),
  },
  {
    id: 'filing-limit-near', severity: 'warning', source: 'domain/cob-rules.md §4; R041, R083',
    check: (facts) => limitOf(facts).filter(({ due }) => due >= facts.input.asOf && daysBetween(facts.input.asOf, due) <= NEAR)
      .map(({ due, rule, source }) => spot(focalAt(facts), `The claim is due on ${due}: ${rule} (${source}). Send it now`)),
  },
  {
    id: 'payer-paper-only', severity: 'error', source: 'payer-rules electronicCob; FCSO, NGS: Medicare takes no electronic claim with more than one payer before it',
    check: ({ focal, before }) => (focal && !takesElectronicClaim(readPayerRules(focal.payor), focal.kind, before.length)
      ? [spot(focal.expression, 'The payer takes no electronic claim in this position: send the paper form with the earlier payers’ explanations')] : []),
  },
  {
    id: 'explanation-missing', severity: 'error', source: 'payer-rules requiresPrimaryEob; X12 837 PWK*EB; R063, R073, R081',
    check: explanationMissing,
  },
  {
    id: 'attachment-empty', severity: 'error', source: 'X12 837 PWK06; R4 Claim.supportingInfo',
    check: ({ claim }) => (claim.supportingInfo ?? []).flatMap((info, position) =>
      info.category.coding?.some(({ code }) => code === 'attachment') && !info.valueReference && !info.valueAttachment && info.valueString === undefined
        ? [spot(`Claim.supportingInfo[${position}]`, 'The attachment is announced and not there: add the document, or take the row off')] : []),
  },
  {
    id: 'attachment-unresolved', severity: 'error', source: 'X12 837 PWK06; R4 Claim.supportingInfo',
    check: ({ claim, index }) => (claim.supportingInfo ?? []).flatMap(({ valueReference }, position) =>
      valueReference?.reference !== undefined && !targetOf(valueReference.reference, claim, index)
        ? [spot(`Claim.supportingInfo[${position}].valueReference`, 'The document is not known: store it, or take the row off')] : []),
  },
  {
    id: 'auto-accident-state-missing', severity: 'error', source: 'X12 837 CLM11-4: the state of an auto accident',
    check: ({ claim: { accident } }) => (accident?.type?.coding?.some(({ code }) => code === 'MVA' || code === 'AA') && !accident.locationAddress?.state && !accident.locationReference
      ? [spot('Claim.accident', 'An auto accident needs the state in which it happened (accident.locationAddress.state)')] : []),
  },
  {
    id: 'accident-after-service', severity: 'error', source: 'X12 837 DTP*439, DTP*472',
    check: ({ claim: { accident }, lines }) => {
      const date = accident?.date.slice(0, 10);
      return date !== undefined && isDay(date) && lines.length > 0 && lines.every(({ end }) => end !== undefined && end < date)
        ? [spot('Claim.accident.date', 'The accident lies after every service: correct the date')] : [];
    },
  },
];

const focalAt = ({ focal }: ScrubFacts): string => focal?.expression ?? 'Claim.insurance';

/** The focal payer's filing limit, and the last day that nothing moves, where their dates are known. */
function limitOf({ claim, focal, before, decided }: ScrubFacts): Deadline[] {
  if (!focal) return [];
  const last = decided.filter((row) => before.includes(row)).sort((a, b) => b.insurance.sequence - a.insurance.sequence)[0];
  const date = last?.adjudication.date;
  const facts: DeadlineFacts = {
    payerKind: focal.kind,
    priorPayerKind: last?.kind,
    role: focal.insurance.sequence === 1 ? 'primary' : 'secondary',
    rules: readPayerRules(focal.payor),
    dates: { 'service-date': filingDate(claim), 'prior-payer-decision': date !== undefined && isDay(date) ? date : undefined },
  };
  const known = [filingLimit(facts), outerLimit(facts)].filter((limit) => limit !== undefined);
  return known.sort((a, b) => (a.due < b.due ? -1 : 1)).slice(0, 1);
}

/** The payer wants the earlier explanations as documents, and for one there is neither a document nor an attachment of the claim. */
function explanationMissing({ claim, focal, before, input }: ScrubFacts): Spot[] {
  if (!readPayerRules(focal?.payor).requiresPrimaryEob) return [];
  const isAttached = (claim.supportingInfo ?? []).some(({ category, valueAttachment, valueReference }) => category.coding?.some(({ code }) => code === 'attachment') && (valueAttachment ?? valueReference));
  if (isAttached) return [];
  return before.filter(({ decision }) => {
    const reference = decision && (decision.meta?.source ?? referenceTo(decision));
    return decision && (reference === undefined || attachmentsOf(claim, [reference], true, input.resources).includes(relative(reference) ?? ''));
  }).map((row) => spot(row.expression, 'The payer asks for this payer’s explanation of benefits and there is no document of it: scan it, and attach it (supportingInfo)'));
}
