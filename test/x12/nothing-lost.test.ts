import type { ClaimResponse, Extension, PaymentReconciliation } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { toAdjudication } from '../../src/x12/era/adjudication.js';
import { eraClaimResponse } from '../../src/x12/era/claim-response.js';
import { paymentReconciliation } from '../../src/x12/era/payment-reconciliation.js';
import { readRemittance } from '../../src/x12/era/reader.js';
import { verbatim, type Segment } from '../../src/x12/segment.js';
import { authored, hasSamples, sample, sampleFiles, setsOf } from './files.js';

const AUTHORED = [['crossover', 'remit'], ['professional-secondary', 'remit'], ['reversal-correction', '2-reversal-correction'], ['tertiary', '1-primary-payer'], ['tertiary', '2-secondary-payer'], ['unbalanced', 'claim-off-by-a-cent']] as const;
const FILES: (readonly [string, Uint8Array])[] = [
  ...AUTHORED.map(([folder, name]) => [`${folder}/${name}`, Buffer.from(authored(folder, `${name}.835`))] as const),
  ...sampleFiles('x12-835').map((name) => [name, sample('x12-835', name)] as const),
];
if (!hasSamples) console.log('skipped: public 835 samples');

/** Segments that become elements of the resources: by id, or with their first element. */
const MAPPED: ReadonlySet<string> = new Set(['ST', 'SE', 'BPR', 'TRN', 'LX', 'CAS', 'MIA', 'MOA', 'SVC', 'NM1*QC', 'AMT*I', 'AMT*F5', 'AMT*B6', 'LQ*HE', 'DTM*472', 'DTM*150', 'DTM*151', 'REF*6R']);
const isMapped = ({ id, elements }: Segment): boolean => MAPPED.has(id) || MAPPED.has(`${id}*${(elements[1] ?? '').trim()}`);

const said = (extension: readonly Extension[] | undefined): string[] => (extension ?? []).flatMap(({ url, valueString }) => (url.endsWith('/remittance-segment') ? [valueString ?? ''] : []));
const kept = (resource: ClaimResponse | PaymentReconciliation): string[] => [
  ...said(resource.extension),
  ...(resource.resourceType === 'ClaimResponse' ? [...(resource.item ?? []), ...(resource.addItem ?? [])] : []).flatMap(({ extension }) => said(extension)),
];

describe('every segment of a remittance is an element of what it becomes, or stands there verbatim', () => {
  test.each(FILES)('%s', async (_name, bytes) => {
    for (const set of await setsOf(bytes)) {
      const remittance = readRemittance(set);
      const made = [
        ...remittance.claims.map((claim) => eraClaimResponse(claim, remittance, toAdjudication(claim, remittance, undefined), { id: 'd1', match: undefined })),
        paymentReconciliation(remittance, { id: 'd1', payer: undefined, payee: undefined, claims: [] }),
      ];
      const all = made.flatMap(kept).sort();
      const expected = set.segments.filter((segment) => !isMapped(segment)).map((segment) => verbatim(segment, set.delimiters).replace(/\s+/g, ' ').trim());
      expect(expected.filter((text) => !all.includes(text))).toEqual([]);
      expect(all.filter((text) => !text.startsWith('SVC*')).length).toBe(expected.length);
    }
  });
});
