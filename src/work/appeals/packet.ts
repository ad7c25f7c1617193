import type { DocumentReference, FhirResource } from 'fhir/r4.js';
import { referenceTo } from '../../claims/derive/input.js';

/** A part of an appeal's packet: what it is, and where it is kept; without references it is missing. */
export interface PacketItem {
  readonly title: string;
  readonly references: readonly string[];
  /** What the payer is told that is enclosed; none where it is missing. */
  readonly names: readonly string[];
}

/** What there is to put into a packet. */
export interface Contents {
  /** References to the decision that is appealed, to the claim, to the decisions of the payers before. */
  readonly decisions: readonly string[];
  readonly claim: string;
  readonly priorDecisions: readonly string[];
  /** What shows that the claim was there in time, the strongest first. */
  readonly proofOfFiling: readonly string[];
  /** What was attached, and the documents about the claim that are on file. */
  readonly documents: readonly FhirResource[];
}

interface Kept {
  /** As the payer is told. */
  readonly name: string;
  readonly of: (contents: Contents) => readonly string[];
}

const PRIOR_EXPLANATION = 'Explanation of benefits of the payer before';

/** The documents of the triage tables that the server has itself, by what they are called there. */
const KEPT_HERE: Readonly<Record<string, Kept>> = {
  'primary EOB/835': { name: PRIOR_EXPLANATION, of: ({ priorDecisions }) => priorDecisions },
  'both earlier EOBs': { name: 'Explanations of benefits of the payers before', of: ({ priorDecisions }) => (priorDecisions.length > 1 ? priorDecisions : []) },
  'proof of timely filing (277CA / 999 / clearinghouse report)': { name: 'Proof of timely filing', of: ({ proofOfFiling }) => proofOfFiling },
};

/** LOINC types of notes and reports that are medical records, whatever they are called. */
const RECORDS: ReadonlySet<string> = new Set(['11488-4', '11502-2', '11503-0', '11506-3', '18748-4', '18842-5', '28570-0', '34109-9', '34117-2', '34133-9', '51845-6']);
const LOINC = 'http://loinc.org';

/**
 * The packet in the order in which a stranger reads it: decision, claim, payers before, what the denials ask for, and
 * what was attached beyond that. What is asked for and not there stands in its place without references.
 */
export function packetOf(asked: readonly string[], contents: Contents): PacketItem[] {
  const { decisions, claim, priorDecisions, documents } = contents;
  const taken = new Set<FhirResource>();
  const askedFor = [...new Set(asked)].map((title): PacketItem => {
    const kept = KEPT_HERE[title];
    const references = kept?.of(contents) ?? [];
    const fitting = documents.filter((document) => isCalled(document, title));
    for (const document of fitting) taken.add(document);
    return {
      title,
      references: [...new Set([...references, ...fitting.flatMap((document) => referenceTo(document) ?? [])])],
      names: [...(kept && references.length > 0 ? [kept.name] : []), ...fitting.map(titleOf)],
    };
  });
  const others = documents.filter((document) => !taken.has(document)).map((document): PacketItem => ({ title: titleOf(document), references: [referenceTo(document) ?? ''], names: [titleOf(document)] }));
  const isAsked = askedFor.some(({ title }) => title === 'primary EOB/835' || title === 'both earlier EOBs');
  return [
    { title: 'decision under appeal', references: decisions, names: ['Decision under appeal'] },
    { title: 'claim as billed', references: [claim], names: ['Claim as billed'] },
    ...(priorDecisions.length > 0 && !isAsked ? [{ title: 'primary EOB/835', references: priorDecisions, names: [PRIOR_EXPLANATION] }] : []),
    ...askedFor,
    ...others,
  ];
}

/** How a document is called on the index. */
export function titleOf(resource: FhirResource): string {
  if (resource.resourceType !== 'DocumentReference') return resource.resourceType.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  const { description, type, content } = resource as DocumentReference;
  return description ?? type?.text ?? type?.coding?.find(({ display }) => display)?.display ?? content[0]?.attachment.title ?? 'document';
}

/** Whether a document goes by a name of the triage tables, whose parts (`a or b`, `a/b`) are alternatives: each word begins one of its own. */
function isCalled(document: FhirResource, name: string): boolean {
  if (name === 'medical records' && isRecord(document)) return true;
  const words = wordsOf(namesOf(document).join(' '));
  const alternatives = name.replace(/\(.*\)/, '').split(/ or |\/|,/).map(wordsOf).filter((one) => one.length > 0);
  return alternatives.some((alternative) => alternative.every((word) => words.some((own) => own.startsWith(word))));
}

const isRecord = (document: FhirResource): boolean =>
  document.resourceType === 'DocumentReference'
  && ((document as DocumentReference).type?.coding?.some(({ system, code }) => system === LOINC && RECORDS.has(code ?? ''))
    || (document as DocumentReference).category?.some(({ coding }) => coding?.some(({ code }) => code === 'clinical-note'))) === true;

function namesOf(resource: FhirResource): string[] {
  if (resource.resourceType !== 'DocumentReference') return [titleOf(resource)];
  const { description, type, category = [], content } = resource as DocumentReference;
  const concepts = [...(type ? [type] : []), ...category];
  return [description, ...concepts.flatMap(({ text, coding = [] }) => [text, ...coding.map(({ display }) => display)]), ...content.map(({ attachment }) => attachment.title)].filter((name) => name !== undefined);
}

/** Lower case, without the `s` of a plural. */
const wordsOf = (text: string): string[] => (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).map((word) => (word.length > 3 ? word.replace(/s$/, '') : word));
