import type { Bundle, Claim, FhirResource } from 'fhir/r4.js';
import { payerKindOf } from '../../../src/cob/index.js';
import type { TransactionSet } from '../../../src/x12/envelope.js';
import type { Segment } from '../../../src/x12/segment.js';
import { isWritten, transactionSet, writeClaim, type Refusal } from '../../../src/x12/claim/write.js';
import { authored } from '../files.js';

/** The resources of an authored case. */
export const resourcesOf = (folder: string): FhirResource[] => ((JSON.parse(authored(folder, 'resources.json')) as Bundle<FhirResource>).entry ?? []).flatMap(({ resource }) => resource ?? []);
export const claimIn = (resources: readonly FhirResource[], id?: string): Claim => resources.find((one): one is Claim => one.resourceType === 'Claim' && (id === undefined || one.id === id))!;

export const kindOf = (coverage: Parameters<typeof payerKindOf>[0]): string | undefined => payerKindOf(coverage)?.kind;

/** The transaction set of one claim. */
export function setFor(claim: Claim, resources: readonly FhirResource[]): TransactionSet {
  const written = writeClaim({ claim, resources, payerKindOf: kindOf });
  if (!isWritten(written)) throw new Error(written.map(({ text }) => text).join('\n'));
  return transactionSet([written], { control: '0001', reference: 'B1', date: '20260301', time: '0915' });
}

export function refusalsOf(claim: Claim, resources: readonly FhirResource[]): readonly Refusal[] {
  const written = writeClaim({ claim, resources, payerKindOf: kindOf });
  return isWritten(written) ? [] : written;
}

/** Segments from the first billing provider on, without the taxonomy that the clinic's Organization does not state. */
export const bodyOf = (segments: readonly Segment[]): string[] => {
  const from = segments.findIndex(({ elements }) => elements[0] === 'HL');
  return segments.slice(from).filter(({ elements }) => !(elements[0] === 'PRV' && elements[1] === 'BI') && elements[0] !== 'SE').map(({ elements }) => elements.join('*'));
};
