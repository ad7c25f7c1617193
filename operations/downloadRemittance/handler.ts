import { gzipSync } from 'node:zlib';
import type { Binary, Organization, PaymentReconciliation, Reference } from 'fhir/r4.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import type { Resources } from '../../src/fhir/resources.js';
import { readReference } from '../../src/work/derivation/lookup.js';
import { advicePdf, adviceX12 } from '../../src/work/remittance/advice/document.js';
import { PDF_ADVICE, X12_ADVICE } from '../remittance-search.js';

const GUIDE = 'http://hl7.org/fhir/us/davinci-pr/StructureDefinition';

/** `$downloadRemittance` (Da Vinci Postable Remittance 1.0.0). */
export const handle: Handler = async ({ in: inputs }, { resources }) => {
  const id = inputs.string('RemittanceAdviceIdentifier') ?? '';
  const reconciliation = /^[A-Za-z0-9.-]{1,64}$/.test(id) ? await resources.read<PaymentReconciliation>('PaymentReconciliation', id) : undefined;
  if (!reconciliation) throw errors.notFound('There is no remittance of this identifier: search for it', inputs.one('RemittanceAdviceIdentifier')?.expression);
  const x12 = inputs.string('RemittanceAdviceType') === PDF_ADVICE ? undefined : await adviceX12(reconciliation, resources);
  const file = x12?.bytes ?? await advicePdf(reconciliation, { payer: await nameOf(reconciliation.paymentIssuer, resources), payee: await nameOf(reconciliation.requestor, resources) }, resources);
  return { resource: binaryOf(file, x12 ? X12_ADVICE : PDF_ADVICE, id) };
};

/** Profile remittanceAdviceDocument. */
const binaryOf = (file: Uint8Array, type: string, id: string): Binary => ({
  resourceType: 'Binary', meta: { profile: [`${GUIDE}/remittanceAdviceDocument`] }, contentType: `${type}+gzip`, data: gzipSync(file).toString('base64'),
  _data: { extension: [{ url: `${GUIDE}/remittanceIdentifierExt`, valueString: id }] },
} as Binary);

async function nameOf(party: Reference | undefined, resources: Resources): Promise<string> {
  const found = await readReference(party?.reference, resources);
  return (found?.resourceType === 'Organization' ? (found as Organization).name : undefined) ?? party?.display ?? '';
}
