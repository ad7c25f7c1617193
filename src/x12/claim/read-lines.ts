/** Loop 2400: services as `Claim.item`. */
import type { ClaimItem, ClaimItemDetail, CodeableConcept } from 'fhir/r4.js';
import { concept } from '../../claims/codes.js';
import { toMoney } from '../../claims/money.js';
import { listed } from '../../claims/write-common.js';
import { componentsOf, type Delimiters, type Segment } from '../segment.js';
import { serviceSystem } from '../services.js';
import { isDecimal, optional, readDay, requiredAmount, textOf } from '../values.js';
import { textIn } from './billed.js';
import { EMERGENCY, SYSTEMS, toFhir, UNITS } from './codes.js';
import { loopsOf, own, type Loop } from './loops.js';

/** What a service is: SV101, SV202, SV301, SVD03. */
export interface ServiceCode {
  readonly system: string | undefined;
  readonly code: string;
  readonly modifiers: readonly string[];
}

/** Undefined where no code stands. A composite with another separator than ISA16 says is one code. */
export function serviceOf(segment: Segment, element: number, delimiters: Delimiters): ServiceCode | undefined {
  const [qualifier = '', code = '', ...more] = componentsOf(segment, element, delimiters).map((component) => component.trim());
  if (qualifier === '' && code === '') return undefined;
  if (code === '') return { system: undefined, code: qualifier, modifiers: [] };
  return { system: serviceSystem(qualifier, code), code, modifiers: more.slice(0, 4).filter((modifier) => modifier !== '') };
}

/** A line's own facts; `place` is CLM05-1 of a professional or dental claim. */
export function readItem(loop: Loop, sequence: number, delimiters: Delimiters, place: string | undefined): ClaimItem {
  const service = loop.segments.find(({ elements: [id = ''] }) => id in READERS);
  const reader = READERS[service?.elements[0] ?? ''];
  const read = service && reader ? reader(service, delimiters) : { productOrService: NOT_CODED };
  const location = 'location' in read ? (read.location ?? place) : undefined;
  return {
    sequence,
    ...without(read, 'location'),
    ...serviced(loop),
    ...(location === undefined ? {} : { locationCodeableConcept: concept({ system: SYSTEMS.placeOfService, code: location }) }),
    ...teeth(loop, delimiters, read.bodySite),
    ...listed('detail', loopsOf(loop, '2410').flatMap(drug)),
  };
}

type Read = Partial<ClaimItem> & { readonly productOrService: CodeableConcept; readonly location?: string | undefined };

const READERS: Readonly<Record<string, (segment: Segment, delimiters: Delimiters) => Read>> = {
  SV1: (segment, delimiters) => ({
    ...coded(segment, 1, delimiters), net: toMoney(requiredAmount(segment, 2)), ...quantity(segment, 3, 4), location: optional(segment, 5),
    ...listed('diagnosisSequence', componentsOf(segment, 7, delimiters).map(Number).filter((pointer) => Number.isInteger(pointer) && pointer > 0)),
    ...(textOf(segment, 9) === 'Y' ? { programCode: [concept(EMERGENCY)] } : {}),
  }),
  SV2: (segment, delimiters) => ({
    ...(textOf(segment, 1) === '' ? {} : { revenue: concept({ system: SYSTEMS.revenue, code: textOf(segment, 1) }) }),
    ...coded(segment, 2, delimiters), net: toMoney(requiredAmount(segment, 3)), ...quantity(segment, 4, 5),
  }),
  SV3: (segment, delimiters) => ({
    ...coded(segment, 1, delimiters), net: toMoney(requiredAmount(segment, 2)), ...units(textOf(segment, 6), undefined), location: optional(segment, 3),
    ...(textOf(segment, 4) === '' ? {} : { bodySite: { coding: componentsOf(segment, 4, delimiters).map((code) => ({ system: SYSTEMS.oralArea, code })) } }),
  }),
};

/** A line of a revenue code alone. */
export const NOT_CODED: CodeableConcept = concept({ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'not-applicable' });

function coded(segment: Segment, element: number, delimiters: Delimiters): Pick<ClaimItem, 'productOrService' | 'modifier'> {
  const service = serviceOf(segment, element, delimiters);
  if (!service) return { productOrService: NOT_CODED };
  return {
    productOrService: concept({ ...(service.system === undefined ? {} : { system: service.system }), code: service.code }),
    ...listed('modifier', service.modifiers.map((code) => concept({ system: SYSTEMS.modifier, code }))),
  };
}

const quantity = (segment: Segment, unit: number, value: number): Pick<ClaimItem, 'quantity'> => units(textOf(segment, value), textOf(segment, unit));

function units(text: string, x12: string | undefined): Pick<ClaimItem, 'quantity'> {
  const unit = toFhir(UNITS, x12 ?? '');
  return isDecimal(text) && text !== '' ? { quantity: { value: Number(text), ...(unit === undefined ? {} : { system: SYSTEMS.units, code: unit }) } } : {};
}

/** DTP*472. */
function serviced(loop: Loop): Pick<ClaimItem, 'servicedDate' | 'servicedPeriod'> {
  const period = readPeriod(own(loop, 'DTP', '472')[0]);
  if (!period) return {};
  return period.start === period.end ? { servicedDate: period.start } : { servicedPeriod: period };
}

/** DTP03, a day or two. */
export function readPeriod(dtp: Segment | undefined): { readonly start: string; readonly end: string } | undefined {
  const [from = '', to = from] = textIn(dtp, 3).split('-');
  const [start, end] = [readDay(from.slice(0, 8)), readDay(to.slice(0, 8))];
  return start === undefined || end === undefined ? undefined : { start, end };
}

/** TOO*JP. */
function teeth(loop: Loop, delimiters: Delimiters, area: CodeableConcept | undefined): Pick<ClaimItem, 'bodySite' | 'subSite'> {
  const [too] = own(loop, 'TOO', 'JP');
  if (!too) return {};
  const surfaces = componentsOf(too, 3, delimiters).filter((surface) => surface !== '');
  return {
    bodySite: { coding: [...(area?.coding ?? []), { system: SYSTEMS.tooth, code: textOf(too, 2) }] },
    ...listed('subSite', surfaces.map((code) => concept({ system: SYSTEMS.toothSurface, code }))),
  };
}

/** LIN and CTP. */
function drug(loop: Loop, index: number): ClaimItemDetail[] {
  const [lin] = loop.segments;
  const [ctp] = own(loop, 'CTP');
  const code = textIn(lin, 3);
  return textIn(lin, 2) === 'N4' && code !== ''
    ? [{ sequence: index + 1, productOrService: concept({ system: serviceSystem('N4', code) ?? '', code }), ...(ctp ? units(textOf(ctp, 4), textOf(ctp, 5)) : {}) }] : [];
}

const without = <T extends object, K extends PropertyKey>(object: T, key: K): Omit<T, K> => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)) as Omit<T, K>;
