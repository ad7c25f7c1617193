/** A claim of a remittance as a ClaimResponse: the adjudication, and what only the 835 states. */
import type { ClaimResponse, CodeableConcept, Extension, Identifier, Reference } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';
import { concept, EXTENSION, SYSTEM } from '../../claims/codes.js';
import type { AdjudicatedLine } from '../../claims/model.js';
import { toClaimResponse } from '../../claims/write-claim-response.js';
import { listed } from '../../claims/write-common.js';
import { tidy } from '../tidy.js';
import { isDecimal } from '../values.js';
import type { EraAdjudication } from './adjudication.js';
import type { Match } from './match.js';
import { segmentExtensions } from './segments.js';
import { nameOf, type Adjudicated, type EraClaim, type EraName, type Remittance } from './remittance.js';

export interface EraClaimResponseContext {
  readonly id: string;
  readonly match: Match | undefined;
  /** The payer as an organization of ours (`Organization/1`), where it is known; a match names it itself. */
  readonly payer?: string | undefined;
  /** The crossover carrier as an organization of ours (`Organization/1`), where it is one. */
  readonly carrier?: string | undefined;
}

/**
 * Who the patient is as the payer says (NM1*QC) stands beside the reference, or alone where no claim was found; `request`
 * is there only with a claim.
 */
export function eraClaimResponse(claim: EraClaim, remittance: Remittance, era: EraAdjudication, { id, match, payer, carrier }: EraClaimResponseContext): ClaimResponse {
  const { adjudication } = era;
  const named = adjudication.crossoverCarrier && carrier !== undefined ? { ...adjudication, crossoverCarrier: { ...adjudication.crossoverCarrier, reference: carrier } } : adjudication;
  const written = toClaimResponse(named, { id, type: match?.claim.type ?? assumedType(claim), requestor: match?.claim.provider });
  return tidy({
    ...written,
    ...(adjudication.use === 'claim' ? { meta: { profile: [structureDefinition('cobalt-claim-response')] } } : {}),
    ...listed('extension', [...(written.extension ?? []), ...adjudicationExtensions(claim), ...segmentExtensions(claim.segments)]),
    ...listed('identifier', [...(written.identifier ?? []), ...(match ? [] : providerNumber(claim))]),
    patient: { ...(match?.claim.patient.reference === undefined ? {} : { reference: match.claim.patient.reference }), ...patientAsStated(claim) },
    insurer: match ? written.insurer : payerOf(remittance, payer),
    ...listed('item', withSegments(written.item ?? [], era, (line) => !line.added)),
    ...listed('addItem', withSegments(written.addItem ?? [], era, (line) => line.added !== undefined)),
  });
}

/** Items with what else the remittance says of the lines that they were made of. */
function withSegments<T extends { extension?: Extension[] }>(items: readonly T[], { adjudication, lines }: EraAdjudication, isAmong: (line: AdjudicatedLine) => boolean): T[] {
  const sources = lines.filter((_line, index) => isAmong(adjudication.lines[index] as AdjudicatedLine));
  return items.map(({ extension = [], ...item }, index) => ({ ...listed('extension', [...extension, ...segmentExtensions(sources[index]?.segments ?? [])]), ...item }) as T);
}

/** CLP01, where no claim has it. */
const providerNumber = ({ providerClaimNumber }: EraClaim): Identifier[] => [{ type: concept({ system: SYSTEM.identifierType, code: 'PLAC' }), value: providerClaimNumber }];

/** NM108 → identifier type (v2-0203). */
const PERSON_NUMBERS: Readonly<Record<string, string>> = { MI: 'MB', HN: 'MC', MR: 'MA', '34': 'SS' };

/** NM1*QC: identifier and name. */
function patientAsStated(claim: EraClaim): Reference {
  const patient = nameOf(claim, 'QC');
  if (!patient) return UNNAMED;
  const type = PERSON_NUMBERS[patient.id?.qualifier ?? ''];
  const value = tidy(patient.id?.value ?? '');
  const display = displayOf(patient);
  if (value === '' && display === '') return UNNAMED;
  return {
    ...(value !== '' ? { identifier: { ...(type === undefined ? {} : { type: concept({ system: SYSTEM.identifierType, code: type }) }), value } } : {}),
    ...(display === '' ? {} : { display }),
  };
}

const UNNAMED: Reference = { display: 'Not named by the payer' };

function displayOf({ last, first, middle }: EraName): string {
  const given = tidy([first, middle].join(' '));
  return [tidy(last), given].filter((name) => name !== '').join(', ');
}

/** The payer as an organization of ours, or as the remittance names it. */
export const payerOf = (remittance: Remittance, payer: string | undefined): Reference => (payer === undefined ? payerAsStated(remittance) : { reference: payer });

function payerAsStated({ payer, trace }: Remittance): Reference {
  const value = payer.id?.value ?? payer.references.find(({ qualifier }) => qualifier === '2U')?.value ?? trace.originator;
  return { ...(value === '' ? {} : { identifier: { type: concept({ system: SYSTEM.c4bbIdentifierType, code: 'payerid' }), value } }), display: tidy(payer.name) || 'Not named by the remittance' };
}

const CLAIM_TYPE = 'http://terminology.hl7.org/CodeSystem/claim-type';

/** What kind of claim a remittance answers, where the claim is not known: revenue codes and MIA are institutional, CDT is dental, NDC alone is pharmacy. */
function assumedType({ inpatient, lines }: EraClaim): CodeableConcept {
  const qualifiers = new Set(lines.map(({ service }) => service.qualifier));
  const isInstitutional = inpatient !== undefined || qualifiers.has('NU') || lines.some(({ revenue }) => revenue !== undefined);
  const code = isInstitutional ? 'institutional' : qualifiers.has('AD') ? 'oral' : qualifiers.size === 1 && qualifiers.has('N4') ? 'pharmacy' : 'professional';
  return concept({ system: CLAIM_TYPE, code });
}

/** MIA05 and MIA20–23, MOA03–07 are remark codes; the other elements are decimals. */
const MIA_CODES: ReadonlySet<number> = new Set([5, 20, 21, 22, 23]);
const MOA_CODES: ReadonlySet<number> = new Set([3, 4, 5, 6, 7]);

/** MIA and MOA as extensions. */
export const adjudicationExtensions = ({ inpatient, outpatient }: Pick<EraClaim, 'inpatient' | 'outpatient'>): Extension[] => [
  ...partsOf(EXTENSION.inpatientAdjudication, 'mia', inpatient, MIA_CODES),
  ...partsOf(EXTENSION.outpatientAdjudication, 'moa', outpatient, MOA_CODES),
];

function partsOf(url: string, prefix: string, adjudicated: Adjudicated | undefined, codes: ReadonlySet<number>): Extension[] {
  const extension = (adjudicated?.elements.slice(1) ?? []).flatMap((text, index): Extension[] => {
    if (text === '') return [];
    const element = index + 1;
    const part = `${prefix}${String(element).padStart(2, '0')}`;
    if (codes.has(element)) return [{ url: part, valueCode: text }];
    return isDecimal(text) ? [{ url: part, valueDecimal: Number(text) }] : [];
  });
  return extension.length > 0 ? [{ url, extension }] : [];
}
