import type { Claim, ClaimResponseItemAdjudication, Extension } from 'fhir/r4.js';
import { claimResponse, row, usd, type ShortRow } from '../decisions.js';
import { birthday, excluded, order, ranked } from '../derive/clinic.js';
import { addThird, OURS, type Visit } from './clinic.js';

type Change = (it: Visit) => void;

/** What breaks a rule, and what comes near and does not (default: the visit as it is). */
export interface RuleCase {
  readonly fails: Change;
  readonly passes?: Change;
}

const item = (it: Visit, position = 0) => it.claim.item![position]!;
const insurance = (it: Visit, position: number) => it.claim.insurance[position]!;
const rules = (it: Visit, ...stated: Extension[]) => it.payers[1].extension![0]!.extension!.push(...stated);
const kind = (it: Visit, position: number, code: string) => void (it.coverages[position]!.extension = [{ url: `${OURS}/payer-kind`, valueCode: code }]);
const mspType = (it: Visit, position: number, valueCode: string) => void (insurance(it, position).extension = [{ url: `${OURS}/msp-insurance-type`, valueCode }]);
const medicareSecond = (it: Visit): void => {
  kind(it, 1, 'medicare');
  it.order = order(ranked(['first'], ['second', 'medicare', 'M1']));
};
const frequency = (claim: Claim, valueCode: string) => void (claim.extension = [{ url: `${OURS}/claim-frequency`, valueCode }]);
const firstLine = (it: Visit, ...rows: ShortRow[]) => void (it.decision.item![0]!.adjudication = rows.map(row));
const without = (adjudication: ClaimResponseItemAdjudication, part: 'group' | 'reason' | 'amount'): ClaimResponseItemAdjudication => {
  if (part === 'group') return { ...adjudication, category: { coding: adjudication.category.coding!.slice(0, 1) } };
  const { reason, amount, ...rest } = adjudication;
  return part === 'reason' ? { ...rest, ...(amount ? { amount } : {}) } : { ...rest, ...(reason ? { reason } : {}) };
};
const lineWithout = (part: 'group' | 'reason' | 'amount'): Change => (it) => void (it.decision.item![0]!.adjudication[2] = without(row(['PR-2', 20]), part));
const serviceCode = (system: string, code: string): Change => (it) => void (item(it).productOrService = { coding: [{ system, code }] });
const codeCase = (system: string, wrong: string, right: string): RuleCase => ({ fails: serviceCode(system, wrong), passes: serviceCode(system, right) });
const modifiers = (...codes: string[]): Change => (it) => void (item(it).modifier = codes.map((code) => ({ coding: [{ code }] })));
const claimType = (it: Visit, code: string) => void (it.claim.type = { coding: [{ code }] });
const liability = { url: `${OURS}/remaining-patient-liability`, valueMoney: usd(32) };
const eligibility = (part: object, of = 'second'): Change => (it) => void it.eligibility.push({
  resourceType: 'CoverageEligibilityResponse', id: 'e', status: 'active', purpose: ['benefits'], patient: { reference: 'Patient/p' }, created: '2026-02-01', request: { reference: 'CoverageEligibilityRequest/r' },
  outcome: 'complete', insurer: { reference: `Organization/${of}-payer` }, insurance: [{ coverage: { reference: `Coverage/${of}` }, ...part }],
});
const benefit = (part: object, code = '99213') => ({ item: [{ productOrService: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code }] }, ...part }] });
const left = (code: 'inactive' | 'benefit-type' | 'not-authorized'): Change => (it) => void (it.order = order(ranked(['first']), { excluded: [excluded('second', code)] }));
const attachment = (part: object): Change => (it) => void (it.claim.supportingInfo = [{ sequence: 1, category: { coding: [{ code: 'attachment' }] }, ...part }]);
const document = (it: Visit, id: string, related?: string): void => void it.documents.push({ resourceType: 'DocumentReference', id, status: 'current', content: [{ attachment: {} }], ...(related ? { context: { related: [{ reference: related }] } } : {}) });
const due = (count: number): Extension => ({ url: 'filingLimit', extension: [{ url: 'role', valueCode: 'secondary' }, { url: 'count', valuePositiveInt: count }, { url: 'unit', valueCode: 'days' }, { url: 'from', valueCode: 'prior-payer-decision' }] });
const prior = (it: Visit, part: object = {}) => it.claim.related!.push({ claim: { reference: 'Claim/old' }, relationship: { coding: [{ code: 'prior' }] }, ...part });
const accident = (code: string, part: object = {}): Change => (it) => void (it.claim.accident = { date: '2026-02-01', type: { coding: [{ code }] }, ...part });
const another = (it: Visit, change: Partial<Claim> = {}): void => {
  const claim = structuredClone(it.claim);
  delete claim.related;
  it.others.push({ ...claim, id: 'other', status: 'active', identifier: [{ value: 'B2' }], ...change });
};
const repeat = (it: Visit, change: object = {}): void => {
  it.claim.item!.push({ ...structuredClone(item(it)), sequence: 3, ...change });
  it.claim.total = usd(260);
};

export const CASES: Readonly<Record<string, RuleCase>> = {
  'sequence-primary-missing': { fails: (it) => { insurance(it, 0).sequence = 3; } },
  'sequence-duplicate': { fails: (it) => { insurance(it, 1).sequence = 1; } },
  'sequence-gap': { fails: (it) => { insurance(it, 1).sequence = 3; } },
  'payers-too-many': {
    fails: (it) => { for (let at = 3; at <= 12; at++) it.claim.insurance.push({ sequence: at, focal: false, coverage: { reference: `Coverage/${at}` } }); },
    passes: (it) => { for (let at = 3; at <= 11; at++) it.claim.insurance.push({ sequence: at, focal: false, coverage: { reference: `Coverage/${at}` } }); },
  },
  'focal-missing': { fails: (it) => { insurance(it, 1).focal = false; } },
  'focal-repeated': { fails: (it) => { insurance(it, 0).focal = true; } },
  'coverage-repeated': { fails: (it) => { insurance(it, 1).coverage = { reference: 'Coverage/first' }; } },
  'coverage-unresolved': { fails: (it) => { insurance(it, 1).coverage = { reference: 'Coverage/gone' }; } },
  'payor-unresolved': { fails: (it) => { it.coverages[1].payor = [{ reference: 'Organization/gone' }]; } },
  'insurer-not-focal': { fails: (it) => { it.claim.insurer = { reference: 'Organization/first-payer' }; }, passes: (it) => { delete it.claim.insurer; } },
  'order-disagrees': { fails: (it) => { it.order = order(ranked(['second'], ['first'])); }, passes: (it) => { it.order = order(ranked(['second'], ['first']), { equalSharing: true }); } },
  'order-undetermined': { fails: (it) => { it.order = order(ranked(['first']), { status: 'needs-human', missing: [birthday] }); } },

  'prior-decision-missing': { fails: (it) => { delete insurance(it, 0).claimResponse; } },
  'prior-decision-unresolved': {
    fails: (it) => { insurance(it, 0).claimResponse = { reference: 'ClaimResponse/gone' }; },
    passes: (it) => { it.claim.contained = [{ ...it.decision, id: 'inside' }]; insurance(it, 0).claimResponse = { reference: '#inside' }; },
  },
  'prior-decision-unfinished': { fails: (it) => { it.decision.outcome = 'queued'; } },
  'prior-decision-unreadable': { fails: (it) => { it.decision.item![0]!.adjudication[1]!.amount = usd(80.005); } },
  'prior-decision-other-claim': {
    fails: (it) => { another(it, { created: '2026-01-01', item: [] }); it.decision.request = { reference: 'Claim/other' }; },
    passes: (it) => { it.decision.request = { reference: 'Claim/c2' }; },
  },
  'prior-decision-other-coverage': { fails: (it) => { it.decision.insurance![0]!.coverage = { reference: 'Coverage/second' }; }, passes: (it) => { delete it.decision.insurance; } },
  'prior-decision-date-missing': { fails: (it) => { it.decision.created = '2026-02'; }, passes: (it) => { it.decision.created = '2026-02'; it.decision.payment = { type: {}, date: '2026-02-24', amount: usd(128) }; } },
  'prior-decision-date-repeated': { fails: (it) => { it.claim.insurance.push({ sequence: 3, focal: false, coverage: { reference: 'Coverage/first' }, claimResponse: { reference: 'ClaimResponse/d1' } }); } },
  'prior-decision-future': { fails: (it) => { it.decision.created = '2026-03-11'; }, passes: (it) => { it.decision.created = '2026-03-10'; } },
  'prior-decision-reversed': {
    fails: (it) => { it.laterDecisions.push(claimResponse({ id: 'd2', eraStatus: '22', lines: [[['submitted', -100], ['benefit', -80], ['PR-2', -20]], [['submitted', -60], ['benefit', -48], ['PR-2', -12]]] })); },
  },
  'prior-decision-superseded': {
    fails: (it) => { it.laterDecisions.push(claimResponse({ id: 'd2', date: '2026-03-01', lines: [[['submitted', 100], ['benefit', 70], ['PR-2', 30]], [['submitted', 60], ['benefit', 48], ['PR-2', 12]]] })); },
    passes: (it) => { it.laterDecisions.push({ ...structuredClone(it.decision), id: 'd2' }); },
  },
  'claim-stale': { fails: (it) => { it.claim.extension!.push({ url: `${OURS}/stale`, extension: [{ url: 'since', valueDateTime: '2026-03-01' }, { url: 'reason', valueString: 'reversed' }] }); } },
  'focal-decided': { fails: (it) => { insurance(it, 1).claimResponse = { reference: 'ClaimResponse/d1' }; } },
  'later-decision-present': { fails: (it) => { addThird(it); insurance(it, 2).claimResponse = { reference: 'ClaimResponse/d1' }; }, passes: addThird },
  'prior-claim-unnamed': { fails: (it) => { delete it.claim.related; } },
  'payer-claim-number-missing': { fails: (it) => { delete it.decision.identifier; } },
  'prior-provider-id-missing': {
    fails: (it) => rules(it, { url: 'requirePrimaryProviderId', valueBoolean: true }),
    passes: (it) => { rules(it, { url: 'requirePrimaryProviderId', valueBoolean: true }); it.clinic.identifier!.push({ value: 'P-100', assigner: { reference: 'Organization/first-payer' } }); },
  },
  'write-off-breakdown-missing': {
    fails: (it) => { rules(it, { url: 'requireWriteOffBreakdown', valueBoolean: true }); it.decision.adjudication = [row(['CO-45', 10])]; },
    passes: (it) => { rules(it, { url: 'requireWriteOffBreakdown', valueBoolean: true }); firstLine(it, ['submitted', 100], ['benefit', 70], ['CO-45', 10], ['PR-2', 20]); },
  },
  'crossed-over': {
    fails: (it) => { it.decision.extension![0]!.valueCode = '19'; },
    passes: (it) => { it.decision.extension![0]!.valueCode = '19'; it.asOf = '2026-03-27'; },
  },

  'claim-total-unbalanced': { fails: (it) => { it.claim.total = usd(160.01); } },
  'line-unbalanced': { fails: (it) => firstLine(it, ['submitted', 100], ['benefit', 80], ['PR-2', 19.99]) },
  'claim-unbalanced': { fails: (it) => { it.decision.total![1]!.amount = usd(127.99); } },
  'decision-lines-unbalanced': { fails: (it) => { it.decision.total![0]!.amount = usd(161); } },
  'balance-unknown': { fails: (it) => { it.decision.total = []; it.decision.item = []; } },
  'line-charge-differs': { fails: (it) => { item(it).net = usd(101); } },
  'claim-charge-differs': { fails: (it) => { it.claim.total = usd(161); } },
  'line-unanswered': {
    fails: (it) => { it.decision.item!.pop(); it.decision.total = [{ category: row(['submitted', 1]).category, amount: usd(100) }, { category: row(['benefit', 1]).category, amount: usd(80) }]; },
  },
  'line-unknown': { fails: (it) => { it.decision.item![1]!.itemSequence = 9; } },
  'paid-negative': { fails: (it) => firstLine(it, ['submitted', 100], ['benefit', -1], ['PR-2', 101]), passes: (it) => firstLine(it, ['submitted', 100], ['benefit', 0], ['PR-1', 100]) },
  'paid-over-charge': { fails: (it) => { it.decision.total![1]!.amount = usd(160.01); }, passes: (it) => { it.decision.total![1]!.amount = usd(160); } },

  'adjustment-amount-missing': { fails: lineWithout('amount') },
  'adjustment-reason-missing': { fails: lineWithout('reason') },
  'adjustment-group-missing': { fails: lineWithout('group') },
  'adjustment-group-retired': { fails: (it) => firstLine(it, ['submitted', 100], ['benefit', 80], ['CR-2', 20]) },
  'adjustment-group-unusual': { fails: (it) => firstLine(it, ['submitted', 100], ['benefit', 80], ['CO-23', 20]), passes: (it) => firstLine(it, ['submitted', 100], ['benefit', 80], ['OA-23', 20]) },
  'adjustment-zero': { fails: (it) => firstLine(it, ['submitted', 100], ['benefit', 80], ['PR-2', 20], ['CO-45', 0]) },
  'liability-repeated': { fails: (it) => { it.decision.extension!.push(liability); it.decision.item![0]!.extension = [liability]; }, passes: (it) => { it.decision.extension!.push(liability); } },
  'paid-ratio-mismatch': {
    fails: (it) => firstLine(it, ['submitted', 100], ['eligible', 100], ['benefit', 80], ['eligpercent', 100], ['PR-2', 20]),
    passes: (it) => firstLine(it, ['submitted', 100], ['eligible', 100], ['benefit', 80], ['eligpercent', 80], ['PR-2', 20]),
  },
  'nothing-left': {
    fails: (it) => { it.decision = claimResponse({ id: 'd1', lines: [[['submitted', 100], ['benefit', 80], ['CO-45', 20]], [['submitted', 60], ['benefit', 60]]] }); },
  },

  'msp-type-missing': { fails: medicareSecond, passes: (it) => { medicareSecond(it); mspType(it, 1, '12'); } },
  'msp-type-unknown': { fails: (it) => { medicareSecond(it); mspType(it, 1, '11'); }, passes: (it) => { medicareSecond(it); mspType(it, 1, '16'); } },
  'msp-type-on-primary': { fails: (it) => { kind(it, 0, 'medicare'); mspType(it, 0, '12'); }, passes: (it) => kind(it, 0, 'medicare') },
  'msp-type-not-medicare': { fails: (it) => mspType(it, 1, '12') },
  'msp-type-disagrees': { fails: (it) => { medicareSecond(it); mspType(it, 1, '43'); }, passes: (it) => { medicareSecond(it); mspType(it, 1, '12'); } },
  'msp-type-without-accident': {
    fails: (it) => { medicareSecond(it); mspType(it, 1, '15'); accident('MVA')(it); },
    passes: (it) => { medicareSecond(it); mspType(it, 1, '15'); accident('WPA')(it); },
  },
  'medicare-not-self': { fails: (it) => { kind(it, 1, 'medicare'); it.coverages[1].relationship = { coding: [{ code: 'spouse' }] }; }, passes: (it) => kind(it, 1, 'medicare') },

  'service-missing': { fails: (it) => { delete it.claim.item; } },
  'lines-too-many': {
    fails: (it) => { it.claim.item = Array.from({ length: 51 }, (_, at) => ({ ...item(it), sequence: at + 1 })); },
    passes: (it) => { it.claim.item = Array.from({ length: 50 }, (_, at) => ({ ...item(it), sequence: at + 1 })); },
  },
  'line-number-repeated': { fails: (it) => { item(it, 1).sequence = 1; } },
  'charge-missing': { fails: (it) => { delete item(it).net; } },
  'charge-inexact': { fails: (it) => { item(it).net = usd(100.001); }, passes: (it) => { item(it).net = { value: 100 }; } },
  'charge-negative': { fails: (it) => { item(it).net = usd(-1); }, passes: (it) => { item(it).net = usd(0); } },
  'charge-not-price': { fails: (it) => { item(it).quantity = { value: 2 }; }, passes: (it) => { item(it).quantity = { value: 2 }; item(it).unitPrice = usd(50); } },
  'quantity-wrong': { fails: (it) => { item(it).quantity = { value: 0 }; }, passes: (it) => { item(it).quantity = { value: 0.5 }; item(it).unitPrice = usd(200); } },
  'service-date-missing': { fails: (it) => { delete item(it).servicedDate; delete it.claim.billablePeriod; }, passes: (it) => { delete item(it).servicedDate; } },
  'service-date-future': { fails: (it) => { it.asOf = '2026-02-04'; }, passes: (it) => { it.asOf = '2026-02-05'; } },
  'service-period-backwards': { fails: (it) => { delete item(it).servicedDate; item(it).servicedPeriod = { start: '2026-02-05', end: '2026-02-04' }; } },
  'service-outside-period': { fails: (it) => { item(it).servicedDate = '2026-02-06'; } },
  'place-of-service-missing': { fails: (it) => { delete item(it).locationCodeableConcept; }, passes: (it) => { claimType(it, 'oral'); delete item(it).locationCodeableConcept; } },
  'revenue-code-missing': { fails: (it) => claimType(it, 'institutional'), passes: (it) => { claimType(it, 'institutional'); for (const one of it.claim.item!) one.revenue = { coding: [{ code: '0450' }] }; } },
  'diagnosis-missing': { fails: (it) => { delete it.claim.diagnosis; }, passes: (it) => { claimType(it, 'vision'); delete it.claim.diagnosis; } },
  'diagnosis-repeated': { fails: (it) => { it.claim.diagnosis!.push({ ...it.claim.diagnosis![0]!, sequence: 2 }); } },
  'diagnoses-too-many': {
    fails: (it) => { it.claim.diagnosis = Array.from({ length: 13 }, (_, at) => ({ sequence: at + 1 })); },
    passes: (it) => { it.claim.diagnosis = Array.from({ length: 12 }, (_, at) => ({ sequence: at + 1 })); },
  },
  'diagnosis-pointer-unknown': { fails: (it) => { item(it).diagnosisSequence = [1, 2]; } },
  'diagnosis-pointers-too-many': { fails: (it) => { item(it).diagnosisSequence = [1, 1, 1, 1, 1]; }, passes: (it) => { item(it).diagnosisSequence = [1, 1, 1, 1]; } },

  'cpt-shape': codeCase('http://www.ama-assn.org/go/cpt', '9921', '0042T'),
  'hcpcs-shape': codeCase('https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', 'G043', 'J1100'),
  'cdt-shape': codeCase('http://www.ada.org/cdt', '2740', 'D2740'),
  'ndc-shape': codeCase('http://hl7.org/fhir/sid/ndc', '0002-1433-80', '00002-1433-80'),
  'diagnosis-shape': {
    fails: (it) => { it.claim.diagnosis![0]!.diagnosisCodeableConcept!.coding![0]!.code = '250.00'; },
    passes: (it) => { it.claim.diagnosis![0]!.diagnosisCodeableConcept!.coding![0]!.code = 'S72.001A'; },
  },
  'procedure-shape': {
    fails: (it) => { it.claim.procedure = [{ sequence: 1, procedureCodeableConcept: { coding: [{ system: 'http://www.cms.gov/Medicare/Coding/ICD10', code: '0SR90O9' }] } }]; },
    passes: (it) => { it.claim.procedure = [{ sequence: 1, procedureCodeableConcept: { coding: [{ system: 'http://www.cms.gov/Medicare/Coding/ICD10', code: '0SR9019' }] } }]; },
  },
  'place-of-service-shape': { fails: (it) => { item(it).locationCodeableConcept!.coding![0]!.code = '1'; } },
  'revenue-code-shape': {
    fails: (it) => { item(it).revenue = { coding: [{ system: 'https://www.nubc.org/CodeSystem/RevenueCodes', code: '450' }] }; },
    passes: (it) => { item(it).revenue = { coding: [{ system: 'https://www.nubc.org/CodeSystem/RevenueCodes', code: '0450' }] }; },
  },
  'service-code-missing': { fails: (it) => { item(it).productOrService = { text: 'office visit' }; }, passes: (it) => { item(it).productOrService = { text: 'supplies' }; item(it).revenue = { coding: [{ code: '0270' }] }; } },
  'group-code-as-modifier': { fails: modifiers('PR'), passes: modifiers('GO', 'CO') },
  'modifier-shape': { fails: modifiers('-25'), passes: modifiers('25') },
  'modifier-repeated': { fails: modifiers('25', '25'), passes: modifiers('25', '59') },
  'modifiers-too-many': { fails: modifiers('25', '59', 'RT', 'GT', '95'), passes: modifiers('25', '59', 'RT', 'GT') },
  'dental-code-missing': { fails: (it) => claimType(it, 'oral'), passes: (it) => { claimType(it, 'oral'); for (const one of it.claim.item!) one.productOrService = { coding: [{ code: 'D2740' }] }; } },

  'patient-unresolved': { fails: (it) => { it.patient.id = 'q'; } },
  'patient-incomplete': { fails: (it) => { delete it.patient.address; }, passes: (it) => { it.patient.gender = 'unknown'; } },
  'birth-date-after-service': { fails: (it) => { it.patient.birthDate = '2026-02-06'; }, passes: (it) => { it.patient.birthDate = '2026-02-05'; } },
  'service-after-death': { fails: (it) => { it.patient.deceasedDateTime = '2026-02-04'; }, passes: (it) => { it.patient.deceasedDateTime = '2026-02-05'; } },
  'coverage-identity-differs': { fails: (it) => { it.coverages[1].beneficiary = { reference: 'Patient/q' }; } },
  'member-id-contradicts': {
    fails: (it) => { it.coverages[1].identifier = [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MB' }] }, value: 'X-9' }]; },
    passes: (it) => { it.coverages[1].identifier = [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MB' }] }, value: 'M-second-01' }]; },
  },
  'decision-identity-differs': { fails: (it) => { it.decision.patient = { reference: 'Patient/q' }; } },
  'member-id-missing': { fails: (it) => { delete it.coverages[1].subscriberId; } },
  'relationship-missing': { fails: (it) => { delete it.coverages[1].relationship; } },
  'subscriber-missing': {
    fails: (it) => { it.coverages[1].relationship = { coding: [{ code: 'spouse' }] }; delete it.coverages[1].subscriber; },
    passes: (it) => { it.coverages[1].relationship = { coding: [{ code: 'injured' }] }; delete it.coverages[1].subscriber; },
  },
  'payer-id-missing': { fails: (it) => { delete it.payers[1].identifier; } },
  'provider-npi-missing': { fails: (it) => { delete it.clinic.identifier; } },
  'npi-wrong': { fails: (it) => { it.clinic.identifier![0]!.value = '1234567890'; } },
  'claim-number-missing': { fails: (it) => { delete it.claim.identifier; } },
  'claim-number-shape': { fails: (it) => { it.claim.identifier![0]!.value = 'A1047*S'; }, passes: (it) => { it.claim.identifier![0]!.value = '12345678901234567890'; } },

  'coverage-inactive': { fails: left('inactive') },
  'coverage-other-benefit': { fails: left('benefit-type') },
  'coverage-not-responsible': { fails: left('not-authorized') },
  'eligibility-not-in-force': { fails: eligibility({ inforce: false }), passes: eligibility({ inforce: false }, 'first') },
  'service-excluded': { fails: eligibility(benefit({ excluded: true })), passes: eligibility(benefit({ excluded: true }, '99215')) },
  'authorization-missing': {
    fails: eligibility(benefit({ authorizationRequired: true })),
    passes: (it) => { eligibility(benefit({ authorizationRequired: true }))(it); insurance(it, 1).preAuthRef = ['AUTH-1']; },
  },
  'benefit-used-up': {
    fails: eligibility(benefit({ benefit: [{ type: {}, allowedMoney: usd(1000), usedMoney: usd(1000) }] })),
    passes: eligibility(benefit({ benefit: [{ type: {}, allowedMoney: usd(1000), usedMoney: usd(999.99) }] })),
  },

  'filing-limit-passed': { fails: (it) => { rules(it, due(13)); }, passes: (it) => { rules(it, due(14)); } },
  'filing-limit-near': { fails: (it) => { rules(it, due(21)); }, passes: (it) => { rules(it, due(22)); } },
  'payer-paper-only': { fails: (it) => { rules(it, { url: 'electronicCob', valueCode: 'none' }); }, passes: (it) => { rules(it, { url: 'electronicCob', valueCode: 'secondary' }); } },
  'explanation-missing': {
    fails: (it) => { rules(it, { url: 'requiresPrimaryEob', valueBoolean: true }); },
    passes: (it) => { rules(it, { url: 'requiresPrimaryEob', valueBoolean: true }); document(it, 'eob', 'ClaimResponse/d1'); },
  },
  'attachment-empty': { fails: attachment({}), passes: attachment({ valueAttachment: { url: 'https://files.example/1' } }) },
  'attachment-unresolved': {
    fails: attachment({ valueReference: { reference: 'DocumentReference/gone' } }),
    passes: (it) => { document(it, 'here'); attachment({ valueReference: { reference: 'DocumentReference/here' } })(it); },
  },
  'auto-accident-state-missing': { fails: accident('MVA'), passes: accident('MVA', { locationAddress: { state: 'CO' } }) },
  'accident-after-service': { fails: accident('OA', { date: '2026-02-06' }), passes: accident('OA', { date: '2026-02-05' }) },

  'claim-not-live': { fails: (it) => { it.claim.status = 'cancelled'; } },
  'claim-not-a-claim': { fails: (it) => { it.claim.use = 'preauthorization'; } },
  'payer-decided-already': {
    fails: (it) => { it.laterDecisions.push(claimResponse({ id: 'd2', coverage: 'Coverage/second', lines: [[['submitted', 100], ['PR-2', 100]], [['submitted', 60], ['PR-2', 60]]] })); },
  },
  'claim-sent-already': { fails: (it) => another(it, { related: it.claim.related! }), passes: (it) => another(it, { related: it.claim.related!, status: 'cancelled' }) },
  'claim-duplicate': { fails: (it) => another(it), passes: (it) => another(it, { item: it.claim.item!.map((one) => ({ ...one, servicedDate: '2026-01-05' })) }) },
  'claim-number-reused': { fails: (it) => another(it, { identifier: it.claim.identifier!, item: [] }) },
  'line-duplicate': { fails: (it) => repeat(it), passes: (it) => repeat(it, { modifier: [{ coding: [{ code: '76' }] }] }) },
  'replaced-claim-unnamed': { fails: (it) => { frequency(it.claim, '7'); prior(it); }, passes: (it) => { frequency(it.claim, '7'); prior(it, { reference: { value: 'ICN-OLD' } }); } },
  'frequency-unknown': { fails: (it) => frequency(it.claim, '9'), passes: (it) => { delete it.claim.extension; } },
  'frequency-disagrees': { fails: (it) => { prior(it); }, passes: (it) => { frequency(it.claim, '8'); prior(it); } },
};
