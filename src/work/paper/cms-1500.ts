/** A professional claim as 1500 Health Insurance Claim Forms (02/12): as many as its services need. */
import type { ClaimItem } from 'fhir/r4.js';
import { factsOf, Gaps, type ClaimFacts, type ClaimSource, type Gap } from '../../x12/claim/facts.js';
import { day } from '../../x12/claim/segments.js';
import { needPerson, memberId } from '../../x12/claim/write-parties.js';
import { fitted, fittedLine, type Entries, type FilledForm } from './form.js';
import { LINES, type PlaceName } from './grid.js';
import { insuredEntries } from './insured.js';
import { claimEntries, lineEntries, totalEntries } from './services.js';

export interface Forms {
  readonly facts: ClaimFacts;
  readonly forms: readonly FilledForm[];
}

export const isFilled = (result: Forms | readonly Gap[]): result is Forms => 'forms' in result;

/**
 * Six services a form; all else is the same on each, but that the total stands on the last and the others say that it goes
 * on. Nothing is written where something is missing or does not fit: then all of that is answered.
 */
export function fillForms(source: ClaimSource): Forms | readonly Gap[] {
  const gaps = new Gaps();
  const facts = factsOf(source, gaps);
  if (!facts) return gaps.found;
  if (facts.kind.kind !== 'professional') return [{ expression: 'Claim.type', text: 'The CMS-1500 is the form of professional claims: an institutional claim goes on the UB-04, a dental one on the form of the ADA, and neither is written here' }];
  needWhoIsWho(facts, gaps);
  const items = facts.claim.item ?? [];
  gaps.need(items.length > 0 ? items : undefined, 'Claim', 'The claim has no services');
  const common: Entries = { ...insuredEntries(facts, gaps), ...claimEntries(facts, gaps) };
  const totals = totalEntries(facts, gaps);
  const pages = pagesOf(items);
  const forms = pages.map((page, index): FilledForm => {
    const isLast = index === pages.length - 1;
    const entries: Entries = { ...common, ...(isLast ? totals : { '28-continued': 'CONTINUED' }), ...(pages.length > 1 ? { page: `PAGE ${index + 1} OF ${pages.length}` } : {}) };
    return {
      entries: fitted(entries, originOf(facts), gaps),
      lines: page.map((item, line) => fittedLine(lineEntries(item, index * LINES.most + line, facts, gaps), `Claim.item[${index * LINES.most + line}]`, gaps)),
    };
  });
  return gaps.found.length > 0 ? [...new Map(gaps.found.map((gap) => [JSON.stringify(gap), gap])).values()] : { facts, forms };
}

function needWhoIsWho({ focal, others, patient }: ClaimFacts, gaps: Gaps): void {
  needPerson(patient, 'Claim.patient', 'The patient', gaps);
  gaps.need(day(patient.birthDate), 'Claim.patient', 'The patient has no birth date to the day');
  for (const { payer, coverage, subscriber, expression } of [focal, ...others]) {
    gaps.need(payer.name, `${expression}.coverage`, 'The payer of this coverage has no name');
    gaps.need(memberId(coverage), `${expression}.coverage`, 'The coverage has no member id: state subscriberId');
    needPerson(subscriber, `${expression}.coverage`, 'The subscriber of this coverage', gaps);
  }
}

function pagesOf(items: readonly ClaimItem[]): ClaimItem[][] {
  const pages: ClaimItem[][] = [];
  for (let at = 0; at < items.length; at += LINES.most) pages.push(items.slice(at, at + LINES.most));
  return pages;
}

/** Which element of the claim an item is made from. */
const originOf = ({ focal }: ClaimFacts) => (name: PlaceName): string => {
  const item = Number.parseInt(name, 10);
  if (name.startsWith('26')) return 'Claim.identifier';
  if (item === 21) return 'Claim.diagnosis';
  if (item === 22) return 'Claim.related';
  if (item === 23) return `${focal.expression}`;
  if (item === 28 || item === 29) return 'Claim.total';
  if (item === 25 || item === 33) return 'Claim.provider';
  if (item === 32) return 'Claim.facility';
  if (item === 17) return 'Claim.careTeam';
  if (item === 2 || item === 3 || item === 5) return 'Claim.patient';
  return `${focal.expression}.coverage`;
};
