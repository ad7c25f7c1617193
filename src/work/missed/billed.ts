import type { Basic, Communication, FhirResource, Invoice } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';
import type { Resources } from '../../fhir/resources.js';

/** Invoices that were given to somebody (R4 invoice-status). */
const ISSUED: ReadonlySet<string> = new Set(['issued', 'balanced']);
const LEDGER = `${CANONICAL}/CodeSystem/ledger`;

/** What was asked of a patient: bills, messages, and transfers on the ledger. */
export interface Asked {
  readonly invoices: readonly Invoice[];
  readonly communications: readonly Communication[];
}

export async function askedOf(patient: string, resources: Resources): Promise<Asked> {
  const [invoices, communications] = await Promise.all([
    resources.search<Invoice>('Invoice', `subject=${patient}`),
    resources.search<Communication>('Communication', `subject=${patient}`),
  ]);
  return { invoices, communications };
}

/**
 * Whether the patient was asked to pay for these services while a payer was still to be asked: by an Invoice that names
 * one of the claims or decisions, or none at all and is not older than the decision; by a Communication to the patient
 * about one; or by a transfer to the patient on the ledger.
 */
export async function isBilled({ invoices, communications }: Asked, related: ReadonlySet<string>, patient: string, decided: string, resources: Resources): Promise<boolean> {
  const isAsked = invoices.some((invoice) => {
    if (!ISSUED.has(invoice.status)) return false;
    const named = claimsIn(invoice);
    return named.length > 0 ? named.some((reference) => related.has(reference)) : (invoice.date ?? decided).slice(0, 10) >= decided;
  });
  return isAsked
    || communications.some((each) => each.status === 'completed' && (each.recipient ?? []).some(({ reference }) => reference === patient) && claimsIn(each).some((reference) => related.has(reference)))
    || isTransferred([...related], resources);
}

async function isTransferred(related: readonly string[], resources: Resources): Promise<boolean> {
  const entries = await resources.search<Basic>('Basic', `code=${LEDGER}|transfer-to-patient&entry-source=${related.join()}`);
  return entries.length > 0;
}

/** References to claims and decisions, wherever they stand: our own Invoices name the first claim in an identifier. */
const claimsIn = (resource: FhirResource): string[] =>
  [...JSON.stringify(resource).matchAll(/"(?:reference|value)":"((?:Claim|ClaimResponse|ExplanationOfBenefit)\/[A-Za-z0-9.-]{1,64})/g)].map(([, reference = '']) => reference);
