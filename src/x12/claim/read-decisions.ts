/** Loops 2320 and 2430: what an earlier payer decided, as the ClaimResponse that the claim contains. */
import type { ClaimItem, ClaimResponse, CodeableConcept, Extension, Reference } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';
import type { AdjudicatedLine, Adjudication } from '../../claims/model.js';
import { add, sum, toMoney, type Cents } from '../../claims/money.js';
import { toClaimResponse } from '../../claims/write-claim-response.js';
import { listed } from '../../claims/write-common.js';
import { splitAdjustments } from '../era/adjudication.js';
import { adjudicationExtensions } from '../era/claim-response.js';
import { readInpatient, readOutpatient } from '../era/read-claim.js';
import type { Delimiters } from '../segment.js';
import { isDecimal, readDay, textOf } from '../values.js';
import { textIn, type Billed, type BilledAdjudication, type BilledPayer } from './billed.js';
import { entity, loopsOf, own, type Loop } from './loops.js';
import { serviceOf } from './read-lines.js';

export interface DecisionContext {
  readonly billed: Billed;
  /** 2300. */
  readonly claim: Loop;
  /** As they were read of the lines, in their order. */
  readonly items: readonly ClaimItem[];
  readonly delimiters: Delimiters;
  readonly type: CodeableConcept;
  readonly provider: Reference;
  /** `Patient/1`. */
  readonly patient: string;
  /** The day of the file, where the payer's decision has no date. */
  readonly fileDate: string;
}

/** Of one other payer; undefined where it has not decided. `id` is that of the contained resource. */
export function readDecision(loop: Loop, payer: BilledPayer, ids: { readonly id: string; readonly insurer: string | undefined; readonly coverage: string }, context: DecisionContext): ClaimResponse | undefined {
  const { billed, type, provider, patient } = context;
  if (payer.paid === undefined && payer.notCovered === undefined) return undefined;
  const lines = payer.paid === undefined ? [] : linesOf(payer, context);
  const { remarks, extensions } = medicare(loop);
  const number = textIn(own(entity(loop, 'PR') ?? loop, 'REF', 'F8')[0], 2);
  const adjudication: Adjudication = {
    source: { resourceType: 'ClaimResponse', reference: undefined },
    status: 'active', use: 'claim', outcome: 'complete',
    ...(number === '' ? {} : { payerClaimNumber: number }),
    patient, ...(ids.insurer === undefined ? {} : { insurer: ids.insurer }), coverage: ids.coverage,
    date: dateOf(payer, context),
    stated: { charge: billed.charge, ...(payer.paid === undefined ? { noncovered: payer.notCovered as Cents } : { paid: payer.paid }) },
    ...splitAdjustments(payer.adjustments),
    lines: lines.map(({ line }) => line),
    remarks,
  };
  const response = toClaimResponse(adjudication, { type, id: ids.id, requestor: provider });
  const items = response.item?.map((item, index) => ({ ...listed('extension', [...(item.extension ?? []), ...remaining(lines.filter(({ line }) => !line.added)[index]?.remaining)]), ...withoutExtension(item) }));
  return { ...response, ...listed('extension', [...(response.extension ?? []), ...extensions]), ...(items ? { item: items } : {}) };
}

const withoutExtension = <T extends object>(object: T): T => Object.fromEntries(Object.entries(object).filter(([key]) => key !== 'extension')) as T;

/** AMT*EAF. */
export const remaining = (amount: Cents | undefined): Extension[] => (amount === undefined ? [] : [{ url: structureDefinition('remaining-patient-liability'), valueMoney: toMoney(amount) }]);

/** DTP*573: of the payer, else the latest of its lines, else the day of the file. */
function dateOf({ dates, id }: BilledPayer, { billed, fileDate }: DecisionContext): string {
  const stated = [...dates, ...billed.lines.flatMap(({ adjudications }) => adjudications.filter((one) => one.payer === id).flatMap((one) => one.dates))].flatMap((date) => readDay(date) ?? []);
  return stated.sort().at(-1) ?? fileDate;
}

interface ReadLine {
  readonly line: AdjudicatedLine;
  readonly remaining: Cents | undefined;
}

/** Several SVD of one payer on one line are services that it made of one: in the place of the line. */
function linesOf({ id }: BilledPayer, { billed, claim, items, delimiters }: DecisionContext): ReadLine[] {
  const read = loopsOf(claim, '2400').flatMap((line, index) => {
    const item = items[index];
    const of = loopsOf(line, '2430').flatMap((loop, position) => {
      const adjudication = billed.lines[index]?.adjudications[position];
      return adjudication?.payer === id ? [{ loop, adjudication }] : [];
    });
    return item ? of.map(({ loop, adjudication }) => ({ isOne: of.length === 1, remaining: adjudication.remaining, line: lineOf(loop, adjudication, item, of.length === 1 ? billed.lines[index]?.charge : undefined, delimiters) })) : [];
  });
  return [...read.filter(({ isOne }) => isOne), ...read.filter(({ isOne }) => !isOne)];
}

function lineOf(loop: Loop, { paid, adjustments }: BilledAdjudication, item: ClaimItem, charge: Cents | undefined, delimiters: Delimiters): AdjudicatedLine {
  const svd = loop.segments[0];
  const service = svd && serviceOf(svd, 3, delimiters);
  const units = svd && isDecimal(textOf(svd, 5)) ? Number(textOf(svd, 5)) : undefined;
  const differs = service !== undefined && (!isAsBilled(service.code, service.modifiers, item) || (units !== undefined && units !== (item.quantity?.value ?? 1)));
  return {
    sequence: item.sequence,
    ...(charge === undefined ? { added: 'replaces' as const } : {}),
    stated: { charge: charge ?? add(paid, sum(adjustments.map(({ amount }) => amount))), paid },
    ...splitAdjustments(adjustments),
    remarks: [],
    ...(differs || (charge === undefined && service) ? { service: { ...(service?.system === undefined ? {} : { system: service.system }), code: service?.code ?? '', modifiers: service?.modifiers ?? [], ...(units === undefined ? {} : { quantity: units }) } } : {}),
    expression: '',
  };
}

function isAsBilled(code: string, modifiers: readonly string[], { productOrService, modifier = [] }: ClaimItem): boolean {
  const billed = modifier.flatMap(({ coding }) => coding?.[0]?.code ?? []);
  return productOrService.coding?.[0]?.code === code && billed.join() === modifiers.join();
}

/** MIA and MOA. */
function medicare(loop: Loop): { readonly remarks: string[]; readonly extensions: Extension[] } {
  const [mia, moa] = [own(loop, 'MIA')[0], own(loop, 'MOA')[0]];
  const inpatient = mia && readInpatient(mia);
  const outpatient = moa && readOutpatient(moa);
  return {
    remarks: [...new Set([...(inpatient?.remarks ?? []), ...(outpatient?.remarks ?? [])])],
    extensions: adjudicationExtensions({ ...(inpatient ? { inpatient } : {}), ...(outpatient ? { outpatient } : {}) }),
  };
}
