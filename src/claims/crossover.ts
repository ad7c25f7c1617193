import type { Adjudication, Finding } from './model.js';

export type CrossoverEvidence = 'claim-status' | 'carrier' | 'remark';

/** The payer forwarded the claim itself: it must not be sent to that next payer again. */
export interface Crossover {
  /** All that there is, the strongest first. */
  readonly evidence: readonly CrossoverEvidence[];
  readonly payer?: { readonly reference?: string; readonly display?: string };
}

/** CLP02: processed as primary, secondary or tertiary and forwarded; not ours and forwarded. */
const FORWARDED_STATUS: ReadonlySet<string> = new Set(['19', '20', '21', '23']);
export const isForwardedStatus = (status: string | undefined): boolean => status !== undefined && FORWARDED_STATUS.has(status);
/** RARCs of Medicare: forwarded to one supplemental insurer, to several, to Medicaid. */
const FORWARDED_REMARK: ReadonlySet<string> = new Set(['MA18', 'N89', 'MA07']);
/** RARCs: not forwarded, because of the insurer's data or because it takes none. */
const NOT_FORWARDED_REMARK: ReadonlySet<string> = new Set(['MA19', 'MA08']);

/** RARCs about forwarding: they say nothing about why a line was refused. */
export const isForwardingRemark = (remark: string): boolean => FORWARDED_REMARK.has(remark) || NOT_FORWARDED_REMARK.has(remark);

/** The evidence ladder of a crossover: claim status (CLP02), crossover carrier (NM1*TT), remark (MOA, MIA, LQ). Any one is enough. */
export function crossoverOf(adjudication: Adjudication, findings: Finding[]): Crossover | undefined {
  const { eraStatus, crossoverCarrier: payer } = adjudication;
  const evidence: CrossoverEvidence[] = [];
  if (isForwardedStatus(eraStatus)) evidence.push('claim-status');
  if (payer) evidence.push('carrier');
  if (someRemark(adjudication, FORWARDED_REMARK)) evidence.push('remark');
  if (evidence.length === 0) return undefined;
  const expression = adjudication.source.resourceType;
  if (someRemark(adjudication, NOT_FORWARDED_REMARK)) {
    findings.push({ code: 'crossover-contradicted', severity: 'error', expression, text: `The ${evidence.join(' and ')} says that the claim was forwarded, a remark (MA19 or MA08) that it was not` });
  }
  if (evidence[0] === 'claim-status' && !payer) {
    findings.push({ code: 'crossover-carrier-missing', severity: 'warning', expression, text: `Claim status ${eraStatus} requires the crossover carrier (NM1*TT), and none is named` });
  }
  return payer ? { evidence, payer } : { evidence };
}

function someRemark(adjudication: Adjudication, remarks: ReadonlySet<string>): boolean {
  for (const remark of adjudication.remarks) if (remarks.has(remark)) return true;
  for (const line of adjudication.lines) for (const remark of line.remarks) if (remarks.has(remark)) return true;
  return false;
}
