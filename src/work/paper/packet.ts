/** The packet that goes to a payer by mail: the claim’s forms, then what the payers before decided. */
import type { Claim, FhirResource } from 'fhir/r4.js';
import { FhirError, type Issue } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import type { Gap } from '../../x12/claim/facts.js';
import { claimSource } from '../claim-file/source.js';
import { pdfOf, renderPages } from '../documents/pdf.js';
import type { Page } from '../documents/pdf-page.js';
import { fillForms, isFilled } from './cms-1500.js';
import { drawForm, type FormStyle } from './draw-form.js';
import { explanationPages } from './explanation.js';

export const PDF = 'application/pdf';

/**
 * The packet as PDF, US Letter. The same claim at the same moment gives the same bytes. `created`: FHIR instant.
 * @throws {FhirError} 422 that lists all that is missing or does not fit
 */
export async function paperPacket(claim: Claim, given: readonly FhirResource[], store: Resources, created: string, style: FormStyle): Promise<Uint8Array> {
  mustBeClaim(claim);
  const filled = fillForms(await claimSource(claim, given, store));
  if (!isFilled(filled)) throw new FhirError(422, filled.map(issueOf));
  const { facts, forms } = filled;
  const explanation = explanationPages(facts, new Date(created));
  return pdfOf({ title: 'Claim by mail (CMS-1500)', author: explanation?.author ?? '', language: 'en-US', created: new Date(created) }, (page: Page) => {
    forms.forEach((form) => {
      page.addPage({ size: 'LETTER', margin: 0 });
      drawForm(page, form, style);
    });
    if (explanation) renderPages(page, explanation);
  });
}

function mustBeClaim({ status, use }: Claim): void {
  const issue = (expression: string, text: string): FhirError => new FhirError(422, { severity: 'error', code: 'business-rule', expression, text });
  if (status === 'cancelled' || status === 'entered-in-error') throw issue('Claim.status', 'A claim that was cancelled or entered in error is not sent');
  if (use !== 'claim') throw issue('Claim.use', 'The form is for a claim, not for an estimate or an authorisation');
}

const issueOf = ({ expression, text }: Gap): Issue => ({ severity: 'error', code: 'required', id: 'cms-1500', expression, text });
