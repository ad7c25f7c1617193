import Big from 'big.js';
import { isDay } from '../calendar.js';
import { isInstitutional } from '../derive/billed.js';
import { chargeOf } from '../derive/worksheet.js';
import type { Line, ScrubFacts } from './facts.js';
import { repeated, spot, type ScrubRule, type Spot } from './rule.js';

/** X12 837: how many lines, diagnoses and pointers fit. Source: loops 2300 HI and 2400 LX, SV107. */
const LIMITS = {
  professional: { lines: 50, diagnoses: 12 },
  institutional: { lines: 999, diagnoses: 25 },
  pointers: 4,
} as const;

/** The services: numbered, dated, counted and charged, with the diagnoses that they point to. */
export const LINE_RULES: readonly ScrubRule[] = [
  {
    id: 'service-missing', severity: 'error', source: 'X12 837 loop 2400',
    check: ({ lines }) => (lines.length > 0 ? [] : [spot('Claim', 'The claim has no services: nothing is billed')]),
  },
  {
    id: 'lines-too-many', severity: 'error', source: 'X12 837P LX: 50 lines; 837I: 999',
    check: ({ lines, claim }) => tooMany(lines.length, limitsOf(claim).lines, 'Claim.item', 'services'),
  },
  {
    id: 'line-number-repeated', severity: 'error', source: 'X12 837 LX01, REF*6R; R4 Claim.item.sequence',
    check: ({ lines }) => repeated(lines, ({ item }) => item.sequence)
      .map(({ expression }) => spot(`${expression}.sequence`, 'This line number is taken: a payer answers by it, so each line needs its own')),
  },
  {
    id: 'charge-missing', severity: 'error', source: 'X12 837 CLM02, SV102, SV203, SV302',
    check: ({ claim, lines }) => [
      ...(claim.total?.value === undefined ? [spot('Claim', 'The claim states no total')] : []),
      ...lines.filter(({ item }) => item.net?.value === undefined).map(({ expression }) => spot(expression, 'The line states no charge (net)')),
    ],
  },
  {
    id: 'charge-inexact', severity: 'error', source: 'X12 837 CLM02: dollars and whole cents; data-model §1',
    check: ({ claim, lines }) => [{ money: claim.total, at: 'Claim.total' }, ...lines.map(({ item, expression }) => ({ money: item.net, at: `${expression}.net` }))]
      .filter(({ money }) => money?.value !== undefined && (chargeOf(money) === undefined || (money.currency ?? 'USD') !== 'USD'))
      .map(({ at }) => spot(at, 'An amount is in US dollars and whole cents: correct it')),
  },
  {
    id: 'charge-negative', severity: 'error', source: 'X12 837 SV102: zero or more',
    check: ({ lines }) => lines.filter(({ charge }) => charge !== undefined && charge < 0).map(({ expression }) => spot(`${expression}.net`, 'A charge is never negative: void or replace the claim instead')),
  },
  {
    id: 'charge-not-price', severity: 'warning', source: 'R4 Claim.item.net = quantity × unitPrice × factor',
    check: ({ lines }) => lines.filter(isNotPrice).map(({ expression }) => spot(`${expression}.net`, 'The charge is not quantity times price: correct the one that is wrong')),
  },
  {
    id: 'quantity-wrong', severity: 'error', source: 'X12 837 SV104, SV205: more than zero',
    check: ({ lines }) => lines.filter(({ item }) => item.quantity?.value !== undefined && item.quantity.value <= 0).map(({ expression }) => spot(`${expression}.quantity`, 'A service is billed for more than zero units')),
  },
  {
    id: 'service-date-missing', severity: 'error', source: 'X12 837 DTP*472, DTP*434',
    check: ({ claim, lines }) => lines.filter(({ start }) => !isDay(start ?? '') && !isDay(claim.billablePeriod?.start?.slice(0, 10) ?? ''))
      .map(({ expression }) => spot(expression, 'The line has no date of service to the day, and the claim has no period: state one')),
  },
  {
    id: 'service-date-future', severity: 'error', source: 'X12 837 DTP*472: not after the claim',
    check: ({ lines, input }) => lines.filter(({ end }) => end !== undefined && end > input.asOf).map(({ expression, item }) => spot(datesAt(expression, item), 'The service lies in the future: a claim bills what was done')),
  },
  {
    id: 'service-period-backwards', severity: 'error', source: 'X12 837 DTP*472 RD8',
    check: ({ lines }) => lines.filter(({ start, end }) => start !== undefined && end !== undefined && end < start).map(({ expression, item }) => spot(datesAt(expression, item), 'The service ends before it begins')),
  },
  {
    id: 'service-outside-period', severity: 'error', source: 'X12 837I DTP*434: the statement covers every line',
    check: ({ claim, lines }) => {
      const [from, to] = [claim.billablePeriod?.start?.slice(0, 10), claim.billablePeriod?.end?.slice(0, 10)];
      return lines.filter(({ start, end }) => (from !== undefined && start !== undefined && start < from) || (to !== undefined && end !== undefined && end > to))
        .map(({ expression, item }) => spot(datesAt(expression, item), 'The service lies outside the period that the claim bills: correct the one that is wrong'));
    },
  },
  {
    id: 'place-of-service-missing', severity: 'error', source: 'X12 837P CLM05-1, SV105',
    check: ({ claim, lines }) => (typeIs(claim, 'professional') ? lines.filter(({ item }) => !item.locationCodeableConcept && !item.locationReference && !item.locationAddress)
      .map(({ expression }) => spot(expression, 'A professional service needs its place (CMS place of service)')) : []),
  },
  {
    id: 'revenue-code-missing', severity: 'error', source: 'X12 837I SV201',
    check: ({ claim, lines }) => (isInstitutional(claim) ? lines.filter(({ item }) => !item.revenue?.coding?.some(({ code }) => code !== undefined))
      .map(({ expression }) => spot(expression, 'A line of an institutional claim needs its revenue code')) : []),
  },
  {
    id: 'diagnosis-missing', severity: 'error', source: 'X12 837P and 837I HI*ABK',
    check: ({ claim }) => ((typeIs(claim, 'professional') || isInstitutional(claim)) && (claim.diagnosis ?? []).length === 0 ? [spot('Claim', 'The claim has no diagnosis: state the reason for the services')] : []),
  },
  {
    id: 'diagnosis-repeated', severity: 'error', source: 'X12 837 HI: each diagnosis once',
    check: ({ claim }) => {
      const placed = (claim.diagnosis ?? []).map((diagnosis, position) => ({ ...diagnosis, position }));
      const again = [...repeated(placed, ({ sequence }) => sequence), ...repeated(placed, ({ diagnosisCodeableConcept }) => diagnosisCodeableConcept?.coding?.[0]?.code)];
      return [...new Set(again)].map(({ position }) => spot(`Claim.diagnosis[${position}]`, 'This diagnosis, or its number, stands on the claim already'));
    },
  },
  {
    id: 'diagnoses-too-many', severity: 'error', source: 'X12 837P HI: 12 diagnoses; 837I: 25',
    check: ({ claim }) => tooMany(claim.diagnosis?.length ?? 0, limitsOf(claim).diagnoses, 'Claim.diagnosis', 'diagnoses'),
  },
  {
    id: 'diagnosis-pointer-unknown', severity: 'error', source: 'X12 837P SV107',
    check: ({ claim, lines }) => {
      const known = new Set((claim.diagnosis ?? []).map(({ sequence }) => sequence));
      return lines.flatMap(({ item, expression }) => (item.diagnosisSequence ?? []).flatMap((pointer, position) =>
        known.has(pointer) ? [] : [spot(`${expression}.diagnosisSequence[${position}]`, `There is no diagnosis ${pointer} on the claim`)]));
    },
  },
  {
    id: 'diagnosis-pointers-too-many', severity: 'error', source: 'X12 837P SV107-1 to -4',
    check: ({ claim, lines }) => (typeIs(claim, 'professional') ? lines.flatMap(({ item, expression }) => tooMany(item.diagnosisSequence?.length ?? 0, LIMITS.pointers, `${expression}.diagnosisSequence`, 'diagnoses of one line')) : []),
  },
];

const typeIs = ({ type }: ScrubFacts['claim'], code: string): boolean => type.coding?.some((coding) => coding.code === code) ?? false;
const limitsOf = (claim: ScrubFacts['claim']) => (isInstitutional(claim) ? LIMITS.institutional : LIMITS.professional);
const tooMany = (count: number, most: number, path: string, what: string): Spot[] =>
  count > most ? [spot(`${path}[${most}]`, `At most ${most} ${what} fit on a claim of this type: split it`)] : [];

const datesAt = (expression: string, { servicedDate }: Line['item']): string => `${expression}.${servicedDate === undefined ? 'servicedPeriod' : 'servicedDate'}`;

/** A factor and a quantity are decimals, so that the product is made of decimals too; half a cent is no cent. */
function isNotPrice({ item: { quantity, unitPrice, factor, net } }: Line): boolean {
  if (quantity?.value === undefined || unitPrice?.value === undefined || net?.value === undefined) return false;
  const price = new Big(quantity.value).times(unitPrice.value).times(factor ?? 1);
  return price.minus(net.value).abs().gte('0.01');
}
