import type { Claim, FhirResource } from 'fhir/r4.js';
import { isDay } from '../../claims/calendar.js';
import { errors, FhirError, type Issue } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { addressOf, interchangeOf, setText } from '../../x12/claim/interchange.js';
import { isWritten, stamp, transactionSet, writeClaim, type Refusal } from '../../x12/claim/write.js';
import { X12Error } from '../../x12/position.js';
import { digest } from '../task.js';
import { claimSource } from './source.js';

/** Control numbers have nine digits. */
const LARGEST_CONTROL = 999_999_999;

/** What one file says of itself. */
export interface FileStamp {
  /** ISA13, GS06, ST02 and BHT03: 1 to 999999999. */
  readonly control: number;
  /** When it was written, FHIR instant or date. */
  readonly written: string;
}

/**
 * A claim as an 837 in an envelope of its own. The same version of a claim is the same file, byte for byte: unless stated,
 * its control numbers follow from id and version, its date from when it was written.
 * @throws {FhirError} 422 that lists every broken rule (W1–W11) and everything that is missing
 */
export async function exportClaim(claim: Claim, given: readonly FhirResource[], store: Resources, file = stampOf(claim)): Promise<string> {
  const set = await claimSet(claim, given, store, file);
  return interchangeOf([set], { ...addressOf(set), ...stamp(file.written), control: file.control, usage: 'P' });
}

/** The same without an envelope, ST to SE. Its control number is the file's own: who answers names the claim by it. */
export async function claimSet(claim: Claim, given: readonly FhirResource[], store: Resources, { control, written: instant }: FileStamp): Promise<string> {
  mustBeClaim(claim);
  const written = await claimSource(claim, given, store).then((source) => explained(() => writeClaim(source)));
  if (!isWritten(written)) throw new FhirError(422, written.map(issueOf));
  const number = String(control).padStart(9, '0');
  if (claim.meta?.lastUpdated === undefined && !isDay(claim.created.slice(0, 10))) throw errors.businessRule('The file is dated as the claim is: state created to the day', 'Claim.created');
  return setText(transactionSet([written], { ...stamp(instant), control: number, reference: number }));
}

function mustBeClaim({ status, use }: Claim): void {
  if (status === 'cancelled' || status === 'entered-in-error') throw errors.businessRule('A claim that was cancelled or entered in error is not sent', 'Claim.status');
  if (use !== 'claim') throw errors.businessRule('An 837 is written of a claim, not of an estimate or an authorisation', 'Claim.use');
}

function stampOf(claim: Claim): FileStamp {
  const cause = claim.id === undefined || claim.meta?.versionId === undefined ? JSON.stringify(claim) : `${claim.id} ${claim.meta.versionId}`;
  return { control: controlOf(cause), written: claim.meta?.lastUpdated ?? claim.created };
}

/** The control number that follows from a cause: 1 to 999999999. */
export const controlOf = (cause: string): number => (Number.parseInt(digest(`837 ${cause}`).slice(0, 12), 16) % LARGEST_CONTROL) + 1;

/** The control number after another. */
export const nextControl = (control: number): number => (control % LARGEST_CONTROL) + 1;

const issueOf = ({ rule, expression, text }: Refusal): Issue => ({ severity: 'error', code: rule === undefined ? 'required' : 'business-rule', id: rule ?? 'x12-required', expression, text });

/** Values that no 837 can hold. */
function explained<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw error instanceof X12Error ? errors.businessRule(`The claim can't be written as an 837, since an identifier contains one of the characters that separate. ${error.message}`, 'Claim', error.code) : error;
  }
}
