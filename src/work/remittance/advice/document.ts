/** The remittance advice of one payment as a file: the X12 835 that it came in, or a PDF of it. */
import type { ClaimResponse, DocumentReference, PaymentReconciliation } from 'fhir/r4.js';
import { parseAmount, ZERO } from '../../../claims/money.js';
import { readAdjudication } from '../../../claims/read.js';
import { identifierOf } from '../../../claims/read-header.js';
import { SYSTEM } from '../../../claims/codes.js';
import type { Resources } from '../../../fhir/resources.js';
import { naturalKey } from '../../../x12/era/payment-reconciliation.js';
import { readRemittances } from '../../../x12/era/reader.js';
import type { Remittance } from '../../../x12/era/remittance.js';
import { Segment } from '../../../x12/segment.js';
import { tokenize } from '../../../x12/tokenizer.js';
import { writeSegments } from '../../../x12/writer.js';
import { decisionBlocks } from '../../documents/decision.js';
import { renderPdf } from '../../documents/pdf.js';
import type { Block } from '../../documents/printed.js';
import { dollars, longDate } from '../../documents/words.js';
import { idIn } from '../facts.js';
import { reconciliationId } from '../post.js';
import { keptContent, type FileContent } from '../raw-file.js';

/** The 835 of a payment, and what it says. */
export interface AdviceX12 {
  readonly bytes: Uint8Array;
  readonly remittance: Remittance;
}

/**
 * The 835 of a payment; undefined where it came in none. A file of one payment is answered byte for byte; of a file of
 * several, its transaction set alone in the envelope that it came in: the others may not be this payee's to see.
 */
export async function adviceX12({ id = '' }: PaymentReconciliation, resources: Resources): Promise<AdviceX12 | undefined> {
  const document = await resources.read<DocumentReference>('DocumentReference', id);
  const content = await keptContent(document?.content[0]?.attachment.url?.replace(/^Binary\//, '') ?? '', resources);
  if (!content) return undefined;
  const remittances: Remittance[] = [];
  for await (const remittance of readRemittances(content())) remittances.push(remittance);
  const position = remittances.findIndex((remittance) => reconciliationId(naturalKey(remittance)) === id);
  const remittance = remittances[position];
  const own = remittances.length === 1 ? await whole(content) : await alone(content, position);
  return remittance && own ? { bytes: own, remittance } : undefined;
}

async function whole(content: FileContent): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** One of the remittances of a file by its position, with the headers of its interchange and group. */
async function alone(content: FileContent, position: number): Promise<Uint8Array | undefined> {
  let [interchange, group, at]: [Segment | undefined, Segment | undefined, number] = [undefined, undefined, -1];
  const set: Segment[] = [];
  for await (const tokenizer of tokenize(content())) {
    while (tokenizer.next()) {
      const { id } = tokenizer;
      if (id === 'ISA') interchange = tokenizer.kept();
      else if (id === 'GS') group = tokenizer.kept();
      else if (id === 'ST' && tokenizer.text(1) === '835') at++;
      if (at !== position || OUTSIDE.has(id)) continue;
      set.push(tokenizer.kept());
      if (id !== 'SE' || !interchange || !group) continue;
      const trailers = [new Segment(['GE', '1', group.element(6)], 0), new Segment(['IEA', '1', interchange.element(13)], 0)];
      return Buffer.from(writeSegments([interchange, group, ...set, ...trailers], tokenizer.delimiters, '\n'));
    }
  }
  return undefined;
}

const OUTSIDE: ReadonlySet<string> = new Set(['ISA', 'GS', 'GE', 'IEA', 'TA1']);

const LANGUAGE = 'en-US';

/** The payment, every claim of it and what was added to it or kept from it, as PDF. */
export async function advicePdf(reconciliation: PaymentReconciliation, names: { readonly payer: string; readonly payee: string }, resources: Resources): Promise<Uint8Array> {
  const { paymentAmount, paymentDate, paymentIdentifier, disposition, detail = [] } = reconciliation;
  const responses = await Promise.all(detail.map(({ response }) => resources.read<ClaimResponse>('ClaimResponse', idIn(response?.reference, 'ClaimResponse') ?? '')));
  const adjusted = detail.filter(({ response }) => response === undefined);
  const claims = responses.flatMap((response): Block[] => (response ? claimBlocks(response) : []));
  return renderPdf({
    title: 'Remittance advice', author: names.payer, language: LANGUAGE, created: new Date(`${reconciliation.created.slice(0, 10)}T00:00:00Z`),
    letterhead: { name: 'Remittance advice', lines: [`${names.payer} to ${names.payee}`] },
    blocks: [
      { kind: 'facts', rows: [['Payment', paymentIdentifier?.value ?? ''], ['Date', longDate(paymentDate.slice(0, 10), LANGUAGE)], ['Amount', dollars(parseAmount(paymentAmount.value ?? NaN) ?? ZERO)], ['By', disposition ?? '']] },
      ...claims,
      ...(adjusted.length === 0 ? [] : [{ kind: 'heading' as const, text: 'Added to the payment, or kept from it' }, {
        kind: 'table' as const, columns: [{ title: 'Code', width: 0.2 }, { title: 'Reference', width: 0.5 }, { title: 'Amount', width: 0.3, align: 'right' as const }],
        rows: adjusted.map(({ type, identifier, amount }) => [type.coding?.find(({ system }) => system === SYSTEM.providerAdjustment)?.code ?? '', identifier?.value ?? '', dollars(parseAmount(amount?.value ?? NaN) ?? ZERO)]),
      }]),
    ],
    footer: (page, pages) => `Payment ${paymentIdentifier?.value ?? ''} · Page ${page} of ${pages}`,
  });
}

function claimBlocks(response: ClaimResponse): Block[] {
  const { adjudication } = readAdjudication(response);
  const rows: [string, string | undefined][] = [['Patient', response.patient.display], ['Member id', response.patient.identifier?.value], ['Payer’s claim number', adjudication.payerClaimNumber]];
  return [
    { kind: 'heading', text: `Claim ${adjudication.providerClaimNumber ?? identifierOf(response.identifier, SYSTEM.identifierType, 'PLAC') ?? 'without a number'}` },
    { kind: 'facts', rows: rows.flatMap(([label, value]): [string, string][] => (value === undefined ? [] : [[label, value]])) },
    ...decisionBlocks(adjudication, undefined, LANGUAGE),
  ];
}
