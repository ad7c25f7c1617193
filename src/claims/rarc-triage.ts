/**
 * What each remittance advice remark code (RARC) adds to the CARC beside it. Codes are X12's; every word is ours. Remarks
 * that are not here are kept and change nothing.
 */
import type { Action, Category, CodeTriage, PatientBillable } from './triage.js';

/** Code, category, action, may the patient be billed, may it be appealed, meaning, what to do, documents. */
type Row = readonly [string, Category, Action, PatientBillable, boolean, string, string, readonly string[]];

const ROWS: readonly Row[] = [
  ['MA04', 'cob-info', 'correct-and-resubmit', 'no', false, 'Secondary cannot pay without the primary\'s identity or payment data', 'Fill 2320/2330B/2430 or attach the EOB', ['primary EOB/835']],
  ['N4', 'cob-info', 'correct-and-resubmit', 'no', false, 'Prior carrier\'s EOB missing/incomplete', '', ['primary EOB/835']],
  ['N479', 'cob-info', 'correct-and-resubmit', 'no', false, 'EOB missing (COB or Medicare secondary)', 'Several public code tables mislabel N479 as an NPI error', ['primary EOB/835']],
  ['N480', 'cob-info', 'correct-and-resubmit', 'no', false, 'EOB incomplete/invalid (COB or MSP)', '', ['primary EOB/835']],
  ['MA92', 'cob-info', 'correct-and-resubmit', 'no', false, 'Other plan\'s information missing', '', ['other plan\'s data']],
  ['N245', 'cob-info', 'correct-and-resubmit', 'no', false, 'Other plan\'s information incomplete', '', ['other plan\'s data']],
  ['MA83', 'cob-order', 'correct-and-resubmit', 'no', false, 'Claim did not say whether payer is primary or secondary', 'Check SBR01 / CMS-1500 box 11', []],
  ['MA64', 'cob-order', 'bill-other-payer', 'no', false, 'This payer should be third; primary and secondary results needed', '', ['both earlier EOBs']],
  ['MA17', 'cob-order', 'review', 'no', false, 'Paid as primary; other insurer may want its money back', 'Expect refund/takeback at the other payer', ['primary EOB/835']],
  ['N48', 'cob-info', 'correct-and-resubmit', 'no', false, 'Claim disagrees with the other carrier\'s information', '', ['primary EOB/835']],
  ['N36', 'cob-order', 'fix-at-primary', 'no', false, 'Primary\'s processing rules must be met first', '', ['primary EOB/835']],
  ['N155', 'cob-info', 'contact-patient', 'no', false, 'Payer has no other insurance on file', '', ['COB questionnaire']],
  ['N197', 'cob-info', 'contact-patient', 'no', false, 'Subscriber must update insurance data with the payer', '', ['COB questionnaire']],
  ['N598', 'cob-order', 'correct-and-resubmit', 'no', false, 'Coverage found to be primary', '', ['eligibility 271 for the date of service']],
  ['N23', 'informational', 'informational', 'no', false, 'Patient liability may change because of other coverage', '', []],
  ['MA18', 'crossover', 'wait', 'no', false, 'Forwarded to one supplemental insurer', 'Never bill that payer; name in NM1*TT', []],
  ['N89', 'crossover', 'wait', 'no', false, 'Forwarded to several payers, only one shown', 'Never bill them; check eligibility to know which', []],
  ['MA07', 'crossover', 'wait', 'no', false, 'Forwarded to Medicaid', '', []],
  ['MA19', 'crossover', 'correct-and-resubmit', 'no', false, 'Not forwarded to Medigap: bad insurer data', 'Bill the Medigap plan yourself', ['primary EOB/835', 'COBA Medigap ID']],
  ['MA08', 'crossover', 'bill-next-payer', 'no', false, 'Not forwarded: not Medigap, or provider not participating', '', ['primary EOB/835']],
  ['N8', 'crossover', 'correct-and-resubmit', 'no', false, 'Crossover denied by prior payer with incomplete data', 'Send a full claim to this payer', ['primary EOB/835']],
  ['N522', 'crossover', 'close-duplicate', 'no', false, 'Duplicate of a claim (to be) processed as a crossover', '', []],
  ['N781', 'qmb', 'bill-next-payer', 'no', false, 'QMB/Medicaid patient: no deductible may be collected', 'Overrides PR on the same line: never the patient, refund what was collected. Bill Medicaid or the next payer for the cost share, then write off as qmb', ['primary EOB/835']],
  ['N782', 'qmb', 'bill-next-payer', 'no', false, 'QMB/Medicaid patient: no coinsurance may be collected', 'Overrides PR on the same line: never the patient, refund what was collected. Bill Medicaid or the next payer for the cost share, then write off as qmb', ['primary EOB/835']],
  ['N783', 'qmb', 'bill-next-payer', 'no', false, 'QMB/Medicaid patient: no copay may be collected', 'Overrides PR on the same line: never the patient, refund what was collected. Bill Medicaid or the next payer for the cost share, then write off as qmb', ['primary EOB/835']],
  ['MA130', 'info-missing', 'correct-and-resubmit', 'no', false, 'Claim unprocessable; no appeal rights; send a new claim', 'Timely-filing clock is NOT stopped', ['per CARC/RARC']],
  ['N418', 'eligibility-wrong-payer', 'bill-other-payer', 'no', false, 'Misrouted claim', '', ['eligibility 271 for the date of service']],
  ['N130', 'non-covered', 'review', 'by-group', false, 'See plan benefit documents', '', ['plan document']],
  ['N115', 'medical-necessity', 'appeal', 'with-notice', true, 'Decided under a local coverage determination', '', ['LCD', 'medical records']],
  ['N386', 'medical-necessity', 'appeal', 'with-notice', true, 'Decided under a national coverage determination', '', ['NCD', 'medical records']],
  ['MA01', 'informational', 'informational', 'no', false, 'Notice of appeal rights', 'Starts the appeal clock', []],
  ['MA13', 'informational', 'informational', 'no', false, 'Penalty warning: do not bill amounts outside PR', '', []],
  ['N706', 'info-missing', 'correct-and-resubmit', 'no', false, 'Documentation missing', '', ['medical records']],
  ['N211', 'appeal-limits', 'review', 'by-group', false, 'Decision cannot be appealed', '', []],
];

/** By RARC; in the order of the table, which breaks ties between codes of one rank. */
export const RARC_TRIAGE: ReadonlyMap<string, CodeTriage> = new Map(
  ROWS.map(([code, category, action, patientBillable, appealable, meaning, detail, documents], position) => [
    code,
    { codeType: 'RARC', code, groups: [], category, action, patientBillable, appealable, meaning, detail, documents, position },
  ]),
);
