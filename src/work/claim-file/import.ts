/** 837 files into the store, so that a clinic can start from those that it has. */
import type { FhirResource } from 'fhir/r4.js';
import type { Resources } from '../../fhir/resources.js';
import { readClaims, type ReadClaim } from '../../x12/claim/read.js';
import { readTransactionSets } from '../../x12/envelope.js';
import { X12Error } from '../../x12/position.js';
import { documentOf, madeId, provenanceOf, type FileKind } from '../remittance/documents.js';
import type { ImportContext } from '../remittance/import.js';
import { rawFile, toKeep, type FileContent, type RawFile } from '../remittance/raw-file.js';
import { digest } from '../task.js';
import { knownAmong, referenceTo, withKnown } from './known.js';

export interface ClaimImport {
  /** Every claim of the file in its order, as it is stored; relative. */
  readonly claims: readonly string[];
  readonly findings: readonly ImportFinding[];
}

export interface ImportFinding {
  readonly code: string;
  readonly severity: 'warning' | 'information';
  readonly text: string;
}

const CLAIM_FILE: FileKind = { title: 'Claims (X12 837)', taker: 'Cobalt $import-837' };

/**
 * Takes every transaction set of a file, each in one commit: claims with all whom they name, the file itself and where all
 * came from. Who is stored already is not stored again, nor is a claim; a file of nothing new changes nothing.
 * @throws {X12Error} the file can't be read to its end, or is none of claims; nothing was taken
 */
export async function importClaims(content: FileContent, { resources, now, progress }: ImportContext): Promise<ClaimImport> {
  const sets: ReadClaim[][] = [];
  for await (const set of readTransactionSets(content())) sets.push(readClaims(set, digest));
  if (!sets.some((claims) => claims.length > 0)) throw new X12Error('x12-transaction-set', { segment: 1, id: 'ISA' }, 'the file has no claim (837) in it');
  const file = await rawFile(content);
  const claims: string[] = [];
  const findings: ImportFinding[] = [];
  for (const [index, read] of sets.entries()) {
    const stored = await take(read, index, file, resources, now().toISOString());
    progress?.(`${index + 1} of ${sets.length} transaction sets`, (index + 1) / sets.length);
    claims.push(...stored.map(({ reference }) => reference));
    read.forEach((one, position) => findings.push(...findingsOf(one, stored[position]?.reference ?? '', stored[position]?.isKnown ?? false)));
  }
  return { claims, findings };
}

interface Stored {
  readonly reference: string;
  /** It was there before, from this file or not. */
  readonly isKnown: boolean;
}

async function take(read: readonly ReadClaim[], index: number, file: RawFile, store: Resources, recorded: string): Promise<Stored[]> {
  const all = [...new Map(read.flatMap(({ claim, resources }) => [...resources, claim]).map((resource) => [referenceTo(resource), resource])).values()];
  const known = await knownAmong(all, store);
  const made = all.filter((resource) => !known.has(referenceTo(resource))).map((resource) => withKnown(resource, known));
  const claims = read.map(({ claim }) => ({ reference: known.get(referenceTo(claim)) ?? referenceTo(claim), isKnown: known.has(referenceTo(claim)) }));
  if (claims.every(({ isKnown }) => isKnown)) return claims;
  const id = madeId('claims', file.id, String(index));
  const document = documentOf(id, file, {}, CLAIM_FILE);
  const beside: FhirResource[] = [...await toKeep(file, store), document, provenanceOf(id, [...made, document].map(referenceTo), referenceTo(document), recorded, CLAIM_FILE)];
  await store.commit([...made, ...beside].map((put) => ({ put, ifAbsent: true })));
  file.isKept = true;
  return claims;
}

function findingsOf({ broken, notKept }: ReadClaim, claim: string, isKnown: boolean): ImportFinding[] {
  if (isKnown) return [{ code: 'claim-known', severity: 'information', text: `${claim} was stored before and is as it was` }];
  return [
    ...broken.map(({ rule, text }): ImportFinding => ({ code: rule, severity: 'warning', text: `${claim}: ${text}` })),
    ...(notKept.length > 0 ? [{ code: 'segment-not-kept', severity: 'information' as const, text: `${claim}: these segments are kept in the file only: ${notKept.join(', ')}` }] : []),
  ];
}
