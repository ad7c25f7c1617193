import type { Claim, CodeableConcept, Invoice, InvoiceLineItem, InvoiceLineItemPriceComponent } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';
import { LEDGER_CLAIM_SYSTEM, LEDGER_SYSTEM, type EntryCode } from '../../claims/ledger/entry.js';
import { negate, toMoney, type Cents } from '../../claims/money.js';
import { relative } from '../../claims/read-header.js';
import type { ClassAmount, StatedService } from '../../claims/statement/stated.js';
import { digest } from '../task.js';
import type { SettledVisit } from './printed.js';
import type { StatementTexts } from './texts/texts.js';
import type { Visit } from './visit.js';
import { itemName, payerName, reasonsOf } from './words.js';

const WRITE_OFF_SYSTEM = `${CANONICAL}/CodeSystem/write-off-class`;

/** One visit, one Invoice: its versions say how what is owed has changed. */
export const invoiceId = (root: string): string => digest(JSON.stringify(['invoice', root])).slice(0, 32);

export interface InvoiceFacts {
  readonly patient: string;
  /** Who is asked to pay. */
  readonly recipient: string;
  readonly texts: StatementTexts;
  /** YYYY-MM-DD. */
  readonly date: string;
}

/**
 * What a visit leaves to the patient, as R4's bill. Price components are signed: those of the lines and of the total add
 * up to `totalNet`, which is the patient's balance on the ledger to the cent; there is no tax. `issued` while something is
 * owed, `balanced` once nothing is.
 */
export function invoiceOf(visit: SettledVisit, { patient, recipient, texts, date }: InvoiceFacts): Invoice {
  const { root, claim, account, stated } = visit;
  const isByLine = stated.services.every(({ line }) => line !== undefined);
  const provider = relative(claim.provider.reference);
  const total = [...(isByLine ? [] : stated.services.flatMap((service) => settled(service, visit, texts))), ...patientSide(visit, texts)];
  return {
    resourceType: 'Invoice',
    id: invoiceId(root),
    language: texts.language,
    identifier: [{ system: LEDGER_CLAIM_SYSTEM, value: root }],
    status: stated.due > 0 ? 'issued' : 'balanced',
    subject: { reference: patient },
    recipient: { reference: recipient },
    date,
    ...(provider?.startsWith('Organization/') === true ? { issuer: { reference: provider } } : {}),
    ...(account === undefined ? {} : { account: { reference: account } }),
    lineItem: isByLine ? stated.services.map((service, index) => byLine(service, index, visit, texts)) : billedItems(claim, texts),
    ...(total.length > 0 ? { totalPriceComponent: total } : {}),
    totalNet: toMoney(stated.due),
    totalGross: toMoney(stated.due),
    note: stated.services.filter(({ owed }) => owed > 0).map((service) => ({ text: `${texts.why} ${reasonsOf(service, visit, texts)}` })),
  };
}

/** A bill that does not stand any more: a payer has paid since, or is to answer again. */
export const withdrawn = (invoice: Invoice, { holds }: Visit): Invoice => ({
  resourceType: 'Invoice',
  ...(invoice.id === undefined ? {} : { id: invoice.id }),
  ...(invoice.language === undefined ? {} : { language: invoice.language }),
  ...(invoice.identifier ? { identifier: invoice.identifier } : {}),
  status: 'cancelled',
  cancelledReason: holds[0] ?? 'Nothing of it is the patient’s any more',
  ...(invoice.subject ? { subject: invoice.subject } : {}),
  ...(invoice.recipient ? { recipient: invoice.recipient } : {}),
  ...(invoice.date === undefined ? {} : { date: invoice.date }),
  ...(invoice.issuer ? { issuer: invoice.issuer } : {}),
  ...(invoice.account ? { account: invoice.account } : {}),
});

/** Whether two versions say the same, their dates apart. */
export function saysTheSame(stored: Invoice, made: Invoice): boolean {
  const said = ({ meta: _meta, date: _date, ...rest }: Invoice): string => JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));
  return said(stored) === said(made);
}

const byLine = (service: StatedService, index: number, visit: Visit, texts: StatementTexts): InvoiceLineItem => ({
  sequence: index + 1,
  chargeItemCodeableConcept: chargeItem(visit.claim.item?.find(({ sequence }) => sequence === service.line), texts),
  priceComponent: [base(service.charge, texts), ...settled(service, visit, texts)],
});

const billedItems = (claim: Claim, texts: StatementTexts): InvoiceLineItem[] =>
  (claim.item ?? []).map((item, index) => ({ sequence: index + 1, chargeItemCodeableConcept: chargeItem(item, texts), ...(item.net?.value === undefined ? {} : { priceComponent: [{ type: 'base', code: ofLedger('charge', texts.labels.charge), amount: item.net }] }) }));

const chargeItem = (item: NonNullable<Claim['item']>[number] | undefined, texts: StatementTexts): CodeableConcept =>
  item ? { ...(item.productOrService.coding ? { coding: item.productOrService.coding } : {}), text: itemName(item, texts) } : { text: texts.wholeVisit };

/** What payers have made of a charge. */
const settled = ({ payers, returned }: StatedService, visit: Visit, texts: StatementTexts): InvoiceLineItemPriceComponent[] => [
  ...payers.flatMap(({ coverage, paid, adjusted }) => [
    ...(paid === 0 ? [] : [component('deduction', negate(paid), ofLedger('payer-payment', texts.paid(payerName(coverage, visit, texts))))]),
    ...adjusted.map((each) => component('discount', negate(each.amount), ofClass(each, texts.adjusted(payerName(coverage, visit, texts))))),
  ]),
  ...(returned > 0 ? [component('surcharge', returned, ofLedger('refund-due', texts.returned))] : []),
];

function patientSide({ stated: { paid, reduced, credit } }: SettledVisit, { balance }: StatementTexts): InvoiceLineItemPriceComponent[] {
  return [
    ...(paid === 0 ? [] : [component('deduction', negate(paid), ofLedger('patient-payment', balance.paid))]),
    ...reduced.map((each) => component('discount', negate(each.amount), ofClass(each, balance.reduced[each.class] ?? each.class))),
    ...(credit > 0 ? [component('surcharge', credit, ofLedger('refund-due', balance.credit))] : []),
  ];
}

const base = (amount: Cents, { labels }: StatementTexts): InvoiceLineItemPriceComponent => component('base', amount, ofLedger('charge', labels.charge));
const component = (type: InvoiceLineItemPriceComponent['type'], amount: Cents, code: CodeableConcept): InvoiceLineItemPriceComponent => ({ type, code, amount: toMoney(amount) });
const ofLedger = (code: EntryCode, text: string): CodeableConcept => ({ coding: [{ system: LEDGER_SYSTEM, code }], text });
const ofClass = ({ class: of }: ClassAmount, text: string): CodeableConcept =>
  of === 'contractual' ? ofLedger('contractual-adjustment', text) : { coding: [{ system: LEDGER_SYSTEM, code: 'write-off' }, { system: WRITE_OFF_SYSTEM, code: of }], text };
