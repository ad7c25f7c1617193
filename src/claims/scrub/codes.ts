import type { CodeableConcept, Coding } from 'fhir/r4.js';
import type { Line, ScrubFacts } from './facts.js';
import { repeated, spot, type ScrubRule } from './rule.js';

/** Codings of a claim, each where it stands. */
interface Placed extends Coding {
  readonly expression: string;
}

interface CodeShape {
  readonly id: string;
  /** Systems of the code, canonical and as an OID. */
  readonly systems: readonly string[];
  readonly shape: RegExp;
  readonly codings: (facts: ScrubFacts) => readonly Placed[];
  readonly text: string;
  readonly source: string;
}

/** How codes of each system look. Whether a code is in its year's list is for the licensed lists. */
const SHAPES: readonly CodeShape[] = [
  {
    id: 'cpt-shape', systems: ['http://www.ama-assn.org/go/cpt', 'urn:oid:2.16.840.1.113883.6.12'], shape: /^\d{4}[\dAFMTU]$/, codings: services,
    text: 'A CPT code has five digits, or four digits and A, F, M, T or U', source: '45 CFR 162.1002; X12 837 SV101-2 HC',
  },
  {
    id: 'hcpcs-shape', systems: ['https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', 'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', 'https://bluebutton.cms.gov/resources/codesystem/hcpcs', 'urn:oid:2.16.840.1.113883.6.285'], shape: /^(?:[A-CE-HJ-MP-V]\d{4}|\d{4}[\dAFMTU])$/, codings: services,
    text: 'A HCPCS code is a letter and four digits, or a CPT code', source: '45 CFR 162.1002; X12 837 SV101-2 HC',
  },
  {
    id: 'cdt-shape', systems: ['http://www.ada.org/cdt', 'urn:oid:2.16.840.1.113883.6.13'], shape: /^D\d{4}$/, codings: services,
    text: 'A dental code is D and four digits', source: '45 CFR 162.1002; X12 837D SV301-2 AD',
  },
  {
    id: 'ndc-shape', systems: ['http://hl7.org/fhir/sid/ndc', 'urn:oid:2.16.840.1.113883.6.69'], shape: /^(?:\d{11}|\d{5}-\d{4}-\d{2})$/, codings: (facts) => [...services(facts), ...details(facts)],
    text: 'A drug code has eleven digits (5-4-2): fill up the ten of the package with a zero', source: '45 CFR 162.1002; X12 837 LIN03 N4',
  },
  {
    id: 'diagnosis-shape', systems: ['http://hl7.org/fhir/sid/icd-10-cm', 'urn:oid:2.16.840.1.113883.6.90'], shape: /^[A-TV-Z]\d[\dAB](?:\.?[\dA-Z]{1,4})?$|^U\d{2}(?:\.?[\dA-Z]{1,4})?$/, codings: diagnoses,
    text: 'A diagnosis of ICD-10-CM is a letter, a digit, a digit or A or B, and up to four more after the point', source: '45 CFR 162.1002; X12 837 HI*ABK',
  },
  {
    id: 'procedure-shape', systems: ['http://www.cms.gov/Medicare/Coding/ICD10', 'https://www.cms.gov/Medicare/Coding/ICD10', 'http://hl7.org/fhir/sid/icd-10-pcs', 'urn:oid:2.16.840.1.113883.6.4'], shape: /^[\dA-HJ-NP-Z]{7}$/, codings: procedures,
    text: 'A procedure of ICD-10-PCS has seven characters, without I and O', source: '45 CFR 162.1002; X12 837I HI*BBR',
  },
  {
    id: 'place-of-service-shape', systems: ['https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set', 'http://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set'], shape: /^\d{2}$/, codings: places,
    text: 'A place of service has two digits', source: 'CMS place of service code set; X12 837 CLM05-1, SV105',
  },
  {
    id: 'revenue-code-shape', systems: ['https://www.nubc.org/CodeSystem/RevenueCodes', 'urn:oid:2.16.840.1.113883.6.301.3'], shape: /^\d{4}$/, codings: revenues,
    text: 'A revenue code has four digits, the first often 0', source: 'NUBC; X12 837I SV201',
  },
];

/** A modifier is one of X12's group codes, unless it stands where HCPCS gives it a meaning of its own. */
const GROUP_SYSTEM = 'https://x12.org/codes/claim-adjustment-group-codes';
const GROUPS: ReadonlySet<string> = new Set(['CO', 'PR', 'OA', 'PI']);
/** HCPCS CO: outpatient occupational therapy by an assistant, only beside GO (CMS CR 11055). HCPCS PI: a PET scan for the first treatment strategy (NCD 220.6.17). */
const PET_SCAN = /^(?:7860[89]|7881[1-6]|G0(?:219|235|252))$/;

/** The codes on the claim: that they are there, and that they look as codes of their system do. */
export const CODE_RULES: readonly ScrubRule[] = [
  ...SHAPES.map(({ id, systems, shape, codings, text, source }): ScrubRule => ({
    id, severity: 'error', source,
    check: (facts) => codings(facts).filter(({ system, code }) => system !== undefined && code !== undefined && systems.includes(system) && !shape.test(code))
      .map(({ expression }) => spot(expression, `${text}: correct the code`)),
  })),
  {
    id: 'service-code-missing', severity: 'error', source: 'X12 837 SV101, SV202 with SV201, SV301',
    check: ({ lines }) => lines.filter(({ item }) => !hasCode(item.productOrService) && !hasCode(item.revenue))
      .map(({ expression }) => spot(`${expression}.productOrService`, 'The service has no code: nothing can be billed by its text')),
  },
  {
    id: 'group-code-as-modifier', severity: 'error', source: 'X12 CAS01: CO, PR, OA and PI are adjustment groups, never modifiers; domain/cob-rules.md §0, R071',
    check: ({ lines }) => lines.flatMap((line) => modifiersOf(line).filter((modifier) => isGroupCode(modifier, line))
      .map(({ expression }) => spot(expression, 'This is a claim adjustment group, not a modifier: it belongs to the prior payer’s adjustments (adjudication.category)'))),
  },
  {
    id: 'modifier-shape', severity: 'error', source: 'X12 837 SV101-3 to -6: two characters',
    check: ({ lines }) => lines.flatMap((line) => modifiersOf(line).filter(({ code }) => code !== undefined && !/^[\dA-Z]{2}$/.test(code))
      .map(({ expression }) => spot(expression, 'A modifier has two characters, letters or digits'))),
  },
  {
    id: 'modifier-repeated', severity: 'warning', source: 'X12 837 SV101-3 to -6',
    check: ({ lines }) => lines.flatMap((line) => repeated(modifiersOf(line), ({ code }) => code).map(({ expression }) => spot(expression, 'The same modifier stands on the line twice'))),
  },
  {
    id: 'modifiers-too-many', severity: 'error', source: 'X12 837 SV101-3 to -6: at most four',
    check: ({ lines }) => lines.filter(({ item }) => (item.modifier?.length ?? 0) > 4).map(({ expression }) => spot(`${expression}.modifier[4]`, 'A line has at most four modifiers')),
  },
  {
    id: 'dental-code-missing', severity: 'warning', source: 'X12 837D SV301-2: dental services by CDT',
    check: ({ claim, lines }) => (claim.type.coding?.some(({ code }) => code === 'oral')
      ? lines.filter(({ item }) => item.productOrService.coding?.some(({ code }) => code !== undefined) && !item.productOrService.coding.some(({ code }) => /^D\d{4}$/.test(code ?? '')))
        .map(({ expression }) => spot(`${expression}.productOrService`, 'A dental claim bills by CDT codes: name the CDT code, or bill the service on a medical claim')) : []),
  },
];

function services({ lines }: ScrubFacts): Placed[] {
  return lines.flatMap(({ item, expression }) => placed(item.productOrService, `${expression}.productOrService`));
}
function details({ lines }: ScrubFacts): Placed[] {
  return lines.flatMap(({ item, expression }) => (item.detail ?? []).flatMap((detail, position) => placed(detail.productOrService, `${expression}.detail[${position}].productOrService`)));
}
function revenues({ lines }: ScrubFacts): Placed[] {
  return lines.flatMap(({ item, expression }) => placed(item.revenue, `${expression}.revenue`));
}
function places({ lines }: ScrubFacts): Placed[] {
  return lines.flatMap(({ item, expression }) => placed(item.locationCodeableConcept, `${expression}.locationCodeableConcept`));
}
function diagnoses({ claim }: ScrubFacts): Placed[] {
  return (claim.diagnosis ?? []).flatMap(({ diagnosisCodeableConcept }, position) => placed(diagnosisCodeableConcept, `Claim.diagnosis[${position}].diagnosisCodeableConcept`));
}
function procedures({ claim }: ScrubFacts): Placed[] {
  return (claim.procedure ?? []).flatMap(({ procedureCodeableConcept }, position) => placed(procedureCodeableConcept, `Claim.procedure[${position}].procedureCodeableConcept`));
}

const placed = (concept: CodeableConcept | undefined, path: string): Placed[] =>
  (concept?.coding ?? []).map((coding, position) => ({ ...coding, expression: `${path}.coding[${position}].code` }));

const modifiersOf = ({ item, expression }: Line): Placed[] =>
  (item.modifier ?? []).flatMap((modifier, position) => placed(modifier, `${expression}.modifier[${position}]`));

const hasCode = (concept: CodeableConcept | undefined): boolean => concept?.coding?.some(({ code }) => code !== undefined) ?? false;

function isGroupCode({ system, code }: Placed, line: Line): boolean {
  if (system === GROUP_SYSTEM) return true;
  const plain = code?.replace(/^-/, '').toUpperCase() ?? '';
  if (!GROUPS.has(plain)) return false;
  if (plain === 'CO') return !modifiersOf(line).some((other) => other.code === 'GO');
  return !(plain === 'PI' && line.item.productOrService.coding?.some((coding) => PET_SCAN.test(coding.code ?? '')));
}
