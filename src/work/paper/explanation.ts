/** What the payers before decided, as pages beside the form: each payer, each line, each adjustment in our own words. */
import { claimPaid } from '../../claims/balance.js';
import { isDay } from '../../claims/calendar.js';
import { SYSTEM } from '../../claims/codes.js';
import type { Adjudication } from '../../claims/model.js';
import { identifierOf } from '../../claims/read-header.js';
import type { ClaimFacts, PayerRow } from '../../x12/claim/facts.js';
import { memberId, npiOf, payerId, taxId } from '../../x12/claim/write-parties.js';
import { decisionBlocks } from '../documents/decision.js';
import { addressLines, contactOf, personName } from '../documents/parties.js';
import type { Block, PrintedDocument } from '../documents/printed.js';
import { dollars, longDate } from '../documents/words.js';

const LANGUAGE = 'en-US';

/** A payer that decided before the one that the claim goes to. */
type Decided = PayerRow & { readonly adjudication: Adjudication };

/** Undefined where no payer has decided before: the claim goes to the first. */
export function explanationPages(facts: ClaimFacts, created: Date): PrintedDocument | undefined {
  const { claim, billing, focal, patient } = facts;
  const decided = facts.others.filter((row): row is Decided => row.adjudication !== undefined && row.insurance.sequence < focal.insurance.sequence);
  if (decided.length === 0) return undefined;
  const name = billing.resourceType === 'Organization' ? (billing.name ?? '') : personName(billing.name);
  const number = identifierOf(claim.identifier, SYSTEM.identifierType, 'PLAC') ?? '';
  const phone = contactOf(billing.telecom, 'phone');
  return {
    title: 'Explanation of benefits of the payers before',
    author: name,
    language: LANGUAGE,
    created,
    letterhead: { name, lines: [addressLines(billing.address).join(', '), [phone && `Telephone ${phone}`, npiOf(billing) && `NPI ${npiOf(billing) ?? ''}`, taxId(billing) && `Tax ID ${taxId(billing) ?? ''}`].filter((part) => part).join(' · ')].filter((line) => line !== '') },
    blocks: [
      { kind: 'facts', rows: known([['Goes with', `CMS-1500, claim ${number}`], ['To', focal.payer.name], ['Patient', patient.birthDate === undefined ? personName(patient.name) : `${personName(patient.name)}, born ${inFull(patient.birthDate)}`], ['Member id', memberId(focal.coverage)]]) },
      ...decided.flatMap((row) => payerBlocks(row, facts)),
    ],
    footer: (page, pages) => `Claim ${number} · Explanation of benefits · Page ${page} of ${pages}`,
  };
}

const ORDINALS = ['Primary', 'Secondary', 'Tertiary'];

function payerBlocks(row: Decided, { claim }: ClaimFacts): Block[] {
  const { adjudication, payer, coverage, insurance } = row;
  const paid = claimPaid(adjudication);
  return [
    { kind: 'heading', text: `${ORDINALS[insurance.sequence - 1] ?? `${insurance.sequence}th`} payer: ${payer.name ?? ''}` },
    { kind: 'facts', rows: known([
      ['Payer id', payerId(payer)], ['Member id', memberId(coverage)], ['Payer’s claim number', adjudication.payerClaimNumber], ['Claim number sent to it', adjudication.providerClaimNumber],
      ['Decided', inFull(adjudication.date)], ['Paid', paid === undefined ? undefined : dollars(paid)],
    ]) },
    ...decisionBlocks(adjudication, claim, LANGUAGE),
  ];
}

const inFull = (day: string): string => (isDay(day.slice(0, 10)) ? longDate(day.slice(0, 10), LANGUAGE) : day);
const known = (rows: readonly (readonly [string, string | undefined])[]): [string, string][] => rows.flatMap(([label, value]) => (value === undefined || value === '' ? [] : [[label, value]]));
