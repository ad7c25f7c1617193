/** Loops 2400 (service), 2410 (drug), 2420 (its provider) and 2430 (what earlier payers decided about it). */
import type { ClaimItem, ClaimResponse, CodeableConcept, ExplanationOfBenefit, Extension, Quantity } from 'fhir/r4.js';
import type { AdjudicatedLine } from '../../claims/model.js';
import { formatCents, parseAmount, type Cents } from '../../claims/money.js';
import { linePaid } from '../../claims/balance.js';
import type { Segment } from '../segment.js';
import { serviceQualifier } from '../services.js';
import { EMERGENCY, SYSTEMS, toX12, UNITS } from './codes.js';
import type { ClaimFacts, Gaps, PayerRow } from './facts.js';
import { day, decimal, segment, type Element } from './segments.js';
import { claimMembers, placeOf } from './write-claim.js';
import { adjustmentSegments, remaining } from './write-other-payers.js';
import { member, payerId } from './write-parties.js';

export function lineSegments(facts: ClaimFacts, gaps: Gaps): Segment[] {
  const items = facts.claim.item ?? [];
  gaps.need(items.length > 0 ? items : undefined, 'Claim', 'The claim has no services');
  gaps.limit(items.length, facts.kind.mostLines, 'Claim.item', 'services');
  return items.flatMap((item, index) => {
    const expression = `Claim.item[${index}]`;
    gaps.limit(item.modifier?.length ?? 0, MOST_MODIFIERS, `${expression}.modifier`, 'modifiers of a service');
    return [
      segment('LX', String(index + 1)),
      ...service(item, expression, facts, gaps),
      ...serviceDate(item, expression, facts, gaps),
      segment('REF', '6R', String(item.sequence)),
      ...drugs(item),
      ...lineMembers(item, facts),
      ...facts.others.flatMap((row) => decisions(item, row, facts.kind.kind === 'oral', gaps)),
    ];
  });
}

/** SV1, SV2 or SV3 (and TOO of a tooth). */
function service(item: ClaimItem, expression: string, { claim, kind }: ClaimFacts, gaps: Gaps): Segment[] {
  const cents = item.net?.value === undefined || (item.net.currency ?? 'USD') !== 'USD' ? undefined : parseAmount(item.net.value);
  const charge = formatCents(gaps.need(cents, item.net ? `${expression}.net` : expression, 'The service needs its charge (net), in US dollars and whole cents') ?? (0 as Cents));
  const code = serviceComposite(item, kind.kind === 'oral');
  const units = item.quantity?.value === undefined ? '1' : decimal(item.quantity.value);
  if (kind.kind === 'institutional') {
    const revenue = gaps.need(item.revenue?.coding?.find((coding) => coding.code !== undefined)?.code, expression, 'A service of an institutional claim needs its revenue code');
    return [segment('SV2', revenue, code, charge, unitOf(item.quantity), units)];
  }
  gaps.need(code, `${expression}.productOrService`, 'The service has no code');
  if (kind.kind === 'oral') return [segment('SV3', code, charge, ownPlace(item, claim.item?.[0]), oralAreas(item), '', units), ...teeth(item)];
  const pointers = (item.diagnosisSequence ?? []).map((sequence) => (claim.diagnosis ?? []).findIndex((diagnosis) => diagnosis.sequence === sequence) + 1).filter((position) => position > 0).slice(0, 4);
  gaps.need(pointers.length > 0 ? pointers : undefined, expression, 'The service points to no diagnosis of the claim: state diagnosisSequence');
  return [segment('SV1', code, charge, unitOf(item.quantity), units, ownPlace(item, claim.item?.[0]), '', pointers.map(String), '', emergency(item))];
}

const unitOf = (quantity: Pick<Quantity, 'code' | 'unit'> | undefined): string => toX12(UNITS, quantity?.code ?? quantity?.unit) ?? 'UN';

/** SV105, SV303: only where it is not the claim's (CLM05-1). */
function ownPlace(item: ClaimItem, first: ClaimItem | undefined): string {
  const place = placeOf(item.locationCodeableConcept);
  return place === undefined || place === placeOf(first?.locationCodeableConcept) ? '' : place;
}

/** SV109 of a service that `programCode` marks as an emergency. */
const emergency = ({ programCode = [] }: ClaimItem): string => (programCode.some(({ coding = [] }) => coding.some(({ code }) => code === EMERGENCY.code)) ? 'Y' : '');

function serviceComposite({ productOrService, modifier }: ClaimItem, isOral: boolean): Element {
  const coding = productOrService.coding?.find(({ code }) => code !== undefined && code !== 'not-applicable');
  if (!coding) return undefined;
  return [isOral ? 'AD' : serviceQualifier(coding.system), coding.code, ...modifiers(modifier)];
}

const modifiers = (concepts: readonly CodeableConcept[] | undefined): string[] => (concepts ?? []).flatMap(({ coding }) => coding?.[0]?.code ?? []).slice(0, MOST_MODIFIERS);

/** SV101-3 to SV101-6. */
const MOST_MODIFIERS = 4;

/** SV304. */
const oralAreas = ({ bodySite }: ClaimItem): Element => (bodySite?.coding ?? []).filter(({ system }) => system === SYSTEMS.oralArea).map(({ code }) => code);

/** TOO*JP: a tooth of the universal national designation, and its surfaces. */
function teeth({ bodySite, subSite = [] }: ClaimItem): Segment[] {
  const tooth = bodySite?.coding?.find(({ system, code }) => system !== SYSTEMS.oralArea && code !== undefined)?.code;
  return tooth === undefined ? [] : [segment('TOO', 'JP', tooth, subSite.flatMap(({ coding }) => coding?.[0]?.code ?? []))];
}

/** DTP*472: the line's own date, else the claim's. An institutional line without one has that of the statement. */
function serviceDate({ servicedDate, servicedPeriod }: ClaimItem, expression: string, { claim, kind }: ClaimFacts, gaps: Gaps): Segment[] {
  const isOwn = servicedDate !== undefined || servicedPeriod?.start !== undefined;
  if (!isOwn && kind.kind === 'institutional') return [];
  const start = gaps.need(day(servicedDate ?? servicedPeriod?.start ?? claim.billablePeriod?.start), expression, 'The service has no date to the day') ?? '';
  const end = day(servicedDate ?? servicedPeriod?.end ?? (isOwn ? undefined : claim.billablePeriod?.end)) || start;
  return [segment('DTP', '472', ...(start === end ? ['D8', start] : ['RD8', `${start}-${end}`]))];
}

/** LIN and CTP: a drug by its NDC, its quantity and unit (item.detail). */
function drugs({ detail = [] }: ClaimItem): Segment[] {
  return detail.flatMap(({ productOrService, quantity }) => {
    const ndc = productOrService.coding?.find(({ system }) => serviceQualifier(system) === 'N4')?.code;
    if (ndc === undefined) return [];
    return [segment('LIN', '', 'N4', ndc.replaceAll('-', '')), ...(quantity?.value === undefined ? [] : [segment('CTP', '', '', '', decimal(quantity.value), unitOf(quantity))])];
  });
}

/** 2420: whom the line names and the claim does not. */
function lineMembers({ careTeamSequence = [] }: ClaimItem, facts: ClaimFacts): Segment[] {
  const ofClaim = claimMembers(facts);
  return facts.members
    .filter((one) => one.sequence !== undefined && careTeamSequence.includes(one.sequence) && !ofClaim.some(({ entity, provider }) => entity === one.entity && provider === one.provider))
    .flatMap((one) => member(one, facts.focal.payer));
}

/** 2430: SVD, CAS and DTP*573 of one payer; several, where it made several services of one. */
function decisions(item: ClaimItem, row: PayerRow, isOral: boolean, gaps: Gaps): Segment[] {
  const { adjudication, payer, decision } = row;
  if (!adjudication) return [];
  const answering = adjudication.lines.filter((line) => line.added !== 'new' && line.sequence === item.sequence);
  return answering.flatMap((line) => {
    const at = `${row.expression}.claimResponse`;
    if (line.incomplete?.length) gaps.need(undefined, at, `An adjustment of line ${line.sequence} lacks its group, its reason or its amount: ask the payer for its remittance`);
    const paid = gaps.need(linePaid(line), at, `The decision does not say what the payer paid for line ${line.sequence}`) ?? (0 as Cents);
    return [
      segment('SVD', payerId(payer), formatCents(paid), adjudicatedService(line, item, isOral), item.revenue?.coding?.[0]?.code, units(line, item)),
      ...adjustmentSegments(line.adjustments),
      segment('DTP', '573', 'D8', day(adjudication.date)),
      ...remaining(itemOf(decision, line)),
    ];
  });
}

/** SVD03: the service as adjudicated, which is the one billed where nothing else is said. */
function adjudicatedService({ service }: AdjudicatedLine, item: ClaimItem, isOral: boolean): Element {
  if (!service || service.system === SYSTEMS.revenue) return serviceComposite(item, isOral);
  return [isOral ? 'AD' : serviceQualifier(service.system), service.code, ...service.modifiers.slice(0, 4)];
}

const units = ({ service }: AdjudicatedLine, { quantity }: ClaimItem): string => decimal(service?.quantity ?? quantity?.value ?? 1);

function itemOf(decision: ClaimResponse | ExplanationOfBenefit | undefined, { expression }: AdjudicatedLine): { readonly extension?: readonly Extension[] } | undefined {
  const index = /\.item\[(\d+)\]$/.exec(expression)?.[1];
  return index === undefined ? undefined : decision?.item?.[Number(index)];
}
