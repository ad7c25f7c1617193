import type { Basic, Extension } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';
import { parseAmount, toMoney, type Cents } from '../../claims/money.js';
import { STOCK_SYSTEM } from '../stock/stock.js';
import { digest } from '../task.js';

/** A claim that should have gone to a next payer and has not been sent. References are relative, dates YYYY-MM-DD. */
export interface MissedSecondary {
  readonly patient: string;
  /** The claim that the last payer decided. */
  readonly claim: string;
  /** The coverage that is next, and its payer. */
  readonly coverage: string;
  readonly payer?: string | undefined;
  /** The coverage that decided last, and its payer. */
  readonly priorCoverage: string;
  readonly priorPayer?: string | undefined;
  /** What the next payer may be asked to consider. */
  readonly residual: Cents;
  /** The last day on which the next payer takes the claim; undefined where no limit is known. */
  readonly deadline?: string | undefined;
  /** The payer forwarded the claim: before this day it may still arrive that way. */
  readonly notBefore?: string | undefined;
  /** The day that filing limits count from. */
  readonly serviceDate?: string | undefined;
  readonly patientBilled: boolean;
}

const MISSED = structureDefinition('missed-secondary');

/** As it is kept: one for each claim, whoever finds it. */
export function toBasic(missed: MissedSecondary): Basic {
  const reference = (url: string, target: string | undefined): Extension[] => (target === undefined ? [] : [{ url, valueReference: { reference: target } }]);
  const date = (url: string, day: string | undefined): Extension[] => (day === undefined ? [] : [{ url, valueDate: day }]);
  return {
    resourceType: 'Basic',
    id: digest(`missed-secondary ${missed.claim}`).slice(0, 32),
    extension: [{
      url: MISSED,
      extension: [
        ...reference('claim', missed.claim), ...reference('coverage', missed.coverage), ...reference('payer', missed.payer),
        ...reference('priorCoverage', missed.priorCoverage), ...reference('priorPayer', missed.priorPayer),
        { url: 'residual', valueMoney: toMoney(missed.residual) },
        ...date('deadline', missed.deadline), ...date('notBefore', missed.notBefore), ...date('serviceDate', missed.serviceDate),
        { url: 'patientBilled', valueBoolean: missed.patientBilled },
      ],
    }],
    code: { coding: [{ system: STOCK_SYSTEM, code: 'missed-secondary' }] },
    subject: { reference: missed.patient },
  };
}

/** Undefined for what is none, or was tampered with. */
export function fromBasic({ extension = [], subject }: Basic): MissedSecondary | undefined {
  const parts = new Map((extension.find(({ url }) => url === MISSED)?.extension ?? []).map((part) => [part.url, part]));
  const reference = (url: string): string | undefined => parts.get(url)?.valueReference?.reference;
  const [patient, claim, coverage, priorCoverage] = [subject?.reference, reference('claim'), reference('coverage'), reference('priorCoverage')];
  const residual = parseAmount(parts.get('residual')?.valueMoney?.value ?? NaN);
  if (patient === undefined || claim === undefined || coverage === undefined || priorCoverage === undefined || residual === undefined) return undefined;
  return {
    patient, claim, coverage, priorCoverage, residual,
    payer: reference('payer'), priorPayer: reference('priorPayer'),
    deadline: parts.get('deadline')?.valueDate, notBefore: parts.get('notBefore')?.valueDate, serviceDate: parts.get('serviceDate')?.valueDate,
    patientBilled: parts.get('patientBilled')?.valueBoolean ?? false,
  };
}
