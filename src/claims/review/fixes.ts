import type { Category } from '../triage.js';

/** What would have kept a refusal from happening: `eligibility-check` (R058), `payer-order`, `scrub`, `documents`, `in-time`, `contract`, or `nothing` of ours. */
export interface Fix {
  readonly preventedBy: 'eligibility-check' | 'payer-order' | 'scrub' | 'documents' | 'in-time' | 'contract' | 'nothing';
  readonly text: string;
}

const ELIGIBILITY = 'Ask for eligibility before the visit ($pre-service-check), and verify the coverage again when the claim is prepared';
const ORDER = 'Settle the order of benefits at intake ($cob-order), and answer its questions before the first claim goes out';
const NOTHING: Fix = { preventedBy: 'nothing', text: 'Nothing of ours: explain it to whoever asks' };

/** A change of the work for each category of refusals that recurs (R146). */
export const FIXES: Readonly<Record<Category, Fix>> = {
  'crossover': { preventedBy: 'payer-order', text: 'Wait for the forwarded claim before billing the next payer; see that the payer’s crossover wait is among its rules' },
  'duplicate': { preventedBy: 'scrub', text: 'Look for an open claim for the same services before sending ($scrub finds it); ask for the status instead of sending again' },
  'pending': { preventedBy: 'nothing', text: 'Ask the payer for the status in time; nothing was refused yet' },
  'cob-order': { preventedBy: 'payer-order', text: ORDER },
  'cob-info': { preventedBy: 'payer-order', text: 'Send each earlier payer’s decision whole with the next claim; have the patient confirm other coverage to the payer once a year' },
  'other-liability': { preventedBy: 'payer-order', text: 'Ask at intake whether work or an accident caused it, and bill that payer first' },
  'benefit-type': { preventedBy: 'payer-order', text: 'Mark coverages by what they cover (benefit-type), so that dental, vision and medical claims go to the right one' },
  'eligibility': { preventedBy: 'eligibility-check', text: ELIGIBILITY },
  'eligibility-wrong-payer': { preventedBy: 'eligibility-check', text: ELIGIBILITY },
  'provider-eligibility': { preventedBy: 'scrub', text: 'Check enrolment of the rendering provider with this payer before the visit; keep its identifiers up to date' },
  'network': { preventedBy: 'eligibility-check', text: 'Ask for network and referral when eligibility is asked for' },
  'info-missing': { preventedBy: 'scrub', text: 'Make the missing element an item of the submission checklist, so that no claim goes out without it' },
  'authorization': { preventedBy: 'eligibility-check', text: 'Ask which services of this payer need an authorization, and get it before the visit' },
  'timely-filing': { preventedBy: 'in-time', text: 'Work the queue by its deadlines; escalate earlier for this payer (COBALT_ESCALATION_DAYS), and keep proof of filing' },
  'appeal-limits': { preventedBy: 'in-time', text: 'Take up denials within the week; the deadline of the level stands on the Task' },
  'medical-necessity': { preventedBy: 'documents', text: 'Send the notes that this payer’s policy asks for with the first claim' },
  'coding': { preventedBy: 'scrub', text: 'Check the code pair or modifier against this payer’s edits when the claim is prepared; tell the coder' },
  'bundling': { preventedBy: 'scrub', text: 'Check bundling edits and modifiers before sending; tell the coder' },
  'non-covered': { preventedBy: 'eligibility-check', text: 'Ask whether the plan covers the service, and have the patient agree in writing before the visit where it does not' },
  'general-denial': { preventedBy: 'documents', text: 'Read the payer’s remark, and add what it asks for to the checklist of this payer' },
  'appeal-result': { preventedBy: 'nothing', text: 'Compare the payer’s reasons with the letter; use what won elsewhere' },
  'needs-human': { preventedBy: 'nothing', text: 'The code is in no table: find out what the payer means, and add it' },
  'contractual': { preventedBy: 'contract', text: 'Compare with the contract’s fee schedule' },
  'patient-responsibility': NOTHING,
  'qmb': NOTHING,
  'payment-to-patient': { preventedBy: 'contract', text: 'Have benefits assigned to the provider, and see that the payer has the assignment' },
  'informational': NOTHING,
};
