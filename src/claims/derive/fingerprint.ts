import { claimCharge, claimPaid, linePaid } from '../balance.js';
import type { Adjudication, Adjustment } from '../model.js';
import { readAdjudication, type Decision } from '../read.js';
import type { PayerDecision } from './worksheet.js';

/**
 * What a decision comes to: charge, payment and adjustments of the claim and of each line. Two resources that state the
 * same decision (a ClaimResponse and an ExplanationOfBenefit, a repeated remittance) have the same fingerprint.
 */
export const fingerprint = (adjudication: Adjudication): string =>
  JSON.stringify([
    claimCharge(adjudication) ?? null,
    claimPaid(adjudication) ?? null,
    trios(adjudication.adjustments),
    adjudication.lines.map((line) => [line.sequence, line.stated.charge ?? null, linePaid(line) ?? null, trios(line.adjustments)]),
  ]);

/** True where a resource states this very decision. */
export const saysTheSame = (resource: Decision, adjudication: Adjudication): boolean =>
  fingerprint(readAdjudication(resource).adjudication) === fingerprint(adjudication);

/** The hash of the net adjudications of all payers that have decided. */
export const netHash = (payers: readonly PayerDecision[], digest: (text: string) => string): string =>
  digest(payers.map(({ coverage, adjudication }) => `${coverage} ${fingerprint(adjudication)}`).join('\n'));

const trios = (adjustments: readonly Adjustment[]): string[] => adjustments.map(({ group, reason, amount }) => `${group}-${reason} ${amount}`).sort();
