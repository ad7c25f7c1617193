/** Which claim line each adjudicated line answers. */
import type { ClaimItem, CodeableConcept } from 'fhir/r4.js';
import { parseAmount } from '../../claims/money.js';
import { REVENUE } from '../services.js';
import type { EraClaim, EraLine, EraService } from './remittance.js';

/** DTM01 of a line's service date: 472, or 150 from, 151 to; of the claim's: 232 from, 233 to. */
const LINE_FROM: ReadonlySet<string> = new Set(['472', '150']);
const LINE_TO: ReadonlySet<string> = new Set(['472', '151']);
const CLAIM_FROM = '232';
const CLAIM_TO = '233';

/** The days of a line's service, YYYY-MM-DD: its own, else the claim's; undefined where neither states one. */
export function servicedOn(line: EraLine, claim: EraClaim): { readonly start: string; readonly end: string } | undefined {
  const start = line.dates.find(({ qualifier }) => LINE_FROM.has(qualifier))?.date ?? claim.dates.find(({ qualifier }) => qualifier === CLAIM_FROM)?.date;
  if (start === undefined) return undefined;
  const end = line.dates.find(({ qualifier }) => LINE_TO.has(qualifier))?.date ?? claim.dates.find(({ qualifier }) => qualifier === CLAIM_TO)?.date ?? start;
  return { start, end: end < start ? start : end };
}

/** REF*6R, the number that the claim gave the line, where it is one that `Claim.item.sequence` can have. */
export function controlNumber({ references }: EraLine): number | undefined {
  const value = references.find(({ qualifier }) => qualifier === '6R')?.value.trim() ?? '';
  return /^0*[1-9]\d{0,5}$/.test(value) ? Number(value) : undefined;
}

/**
 * `Claim.item.sequence` of each line, in their order; undefined where it can't be told. By REF*6R, where that line has
 * the same service or the same charge. The others one-to-one by service, modifiers, charge and date, then without the
 * modifiers, which payers do not always return: only where as many lines as claim lines are alike.
 */
export function joinLines(claim: EraClaim, items: readonly ClaimItem[]): (number | undefined)[] {
  const joined = claim.lines.map((line) => items.find((item) => item.sequence === controlNumber(line) && (isService(line, item) || isCharge(line, item)))?.sequence);
  for (const isAlike of [isSame, isSameButModifiers]) {
    const free = items.filter(({ sequence }) => !joined.includes(sequence));
    const alike = new Map(claim.lines.flatMap((line, index) => (joined[index] === undefined ? [[index, free.filter((item) => isAlike(line, item, claim))]] : [])));
    const open = [...alike.keys()];
    for (const [index, candidates] of alike) {
      const peers = open.filter((other) => alike.get(other)?.some((item) => candidates.includes(item)));
      const isClass = peers.length === candidates.length && peers.every((peer) => alike.get(peer)?.length === candidates.length && alike.get(peer)?.every((item) => candidates.includes(item)));
      if (isClass) joined[index] = candidates[peers.indexOf(index)]?.sequence;
    }
  }
  return joined;
}

type Alike = (line: EraLine, item: ClaimItem, claim: EraClaim) => boolean;

const isSameButModifiers: Alike = (line, item, claim) => isService(line, item) && isCharge(line, item) && isDate(line, item, claim);
const isSame: Alike = (line, item, claim) => isSameButModifiers(line, item, claim) && hasModifiers(submittedService(line), item);

/** The service that the claim had: payers that adjudicate another one return it in SVC06. */
const submittedService = ({ submitted, service }: EraLine): EraService => submitted ?? service;

function isService(line: EraLine, { productOrService, revenue }: ClaimItem): boolean {
  const { qualifier, code } = submittedService(line);
  return codesOf(qualifier === REVENUE ? revenue : productOrService).includes(code);
}

/** A reversal takes the charge back. */
const isCharge = ({ charge }: EraLine, { net }: ClaimItem): boolean => net?.value !== undefined && parseAmount(net.value) === Math.abs(charge);

function isDate(line: EraLine, { servicedDate, servicedPeriod }: ClaimItem, claim: EraClaim): boolean {
  const day = servicedOn(line, claim)?.start;
  const first = (servicedDate ?? servicedPeriod?.start)?.slice(0, 10);
  return day === undefined || first === undefined || day === first;
}

/** Whatever their order. */
export const hasModifiers = ({ modifiers }: EraService, { modifier = [] }: ClaimItem): boolean => modifiers.toSorted().join() === modifier.flatMap(codesOf).toSorted().join();

const codesOf = (concept: CodeableConcept | undefined): string[] => (concept?.coding ?? []).flatMap(({ code }) => code ?? []);
