import type { Extension, Organization } from 'fhir/r4.js';
import type { PayerKind } from '../../cob/types.js';
import { structureDefinition } from '../canonical.js';
import { UNITS, type Limit, type Starting, type Unit } from './limit.js';

/** Whether the payer goes first, or after another payer. */
export type PayerRole = 'primary' | 'secondary';

export type AppealMethod = 'mail' | 'fax' | 'portal' | 'electronic';

/** What a payer states about itself: extension `payer-rules` on its Organization. */
export interface PayerRules {
  /** Its name and other names, as stated. */
  readonly names: readonly string[];
  readonly filingLimits: readonly (Limit & { readonly role: PayerRole })[];
  readonly appealLimits: readonly (Limit & { readonly level: number })[];
  readonly crossoverWaitDays?: number | undefined;
  /** The furthest position in which it takes an electronic claim with other payers' decisions. */
  readonly electronicCob?: 'none' | 'secondary' | 'tertiary' | undefined;
  /** What a claim needs before it is sent; not stated: a person. */
  readonly submission?: 'automatic' | 'person' | 'specialist' | undefined;
  readonly requiresPrimaryEob?: boolean | undefined;
  readonly contracted?: boolean | undefined;
  /** The way in which it takes appeals. */
  readonly appealMethod?: AppealMethod | undefined;
  /** A claim names the provider by the number that each payer before gave it (X12 837 loops 2330C–G). */
  readonly requiresPrimaryProviderId?: boolean | undefined;
  /** What earlier payers took off stands line by line. */
  readonly requiresWriteOffBreakdown?: boolean | undefined;
  /** Where the rules stand, with their edition. */
  readonly source?: string | undefined;
  /** Until when they are to be compared with what the payer publishes, YYYY-MM-DD. */
  readonly reviewDue?: string | undefined;
}

/** Reads `payer-rules`. A limit that is not complete is not stated. */
export function readPayerRules(organization: Organization | undefined): PayerRules {
  const rules = organization?.extension?.find(({ url }) => url === structureDefinition('payer-rules'))?.extension;
  const names = [organization?.name, ...(organization?.alias ?? [])].filter((name) => name !== undefined);
  if (!rules) return { names, filingLimits: [], appealLimits: [] };
  const one = (url: string): Extension | undefined => rules.find((part) => part.url === url);
  return {
    names,
    filingLimits: rules.filter(({ url }) => url === 'filingLimit').flatMap(filingLimit),
    appealLimits: rules.filter(({ url }) => url === 'appealLimit').flatMap(appealLimit),
    crossoverWaitDays: one('crossoverWaitDays')?.valuePositiveInt,
    electronicCob: oneOf(one('electronicCob')?.valueCode, ['none', 'secondary', 'tertiary']),
    submission: oneOf(one('submission')?.valueCode, ['automatic', 'person', 'specialist']),
    requiresPrimaryEob: one('requiresPrimaryEob')?.valueBoolean,
    contracted: one('contracted')?.valueBoolean,
    appealMethod: oneOf(one('appealMethod')?.valueCode, ['mail', 'fax', 'portal', 'electronic']),
    requiresPrimaryProviderId: one('requirePrimaryProviderId')?.valueBoolean,
    requiresWriteOffBreakdown: one('requireWriteOffBreakdown')?.valueBoolean,
    source: sourceOf(one('source')?.valueString, one('version')?.valueString, one('effectiveFrom')?.valueDate),
    reviewDue: one('reviewDue')?.valueDate,
  };
}

/** `Provider manual, edition 7, from 2026-01-01`. */
function sourceOf(source: string | undefined, version: string | undefined, from: string | undefined): string | undefined {
  const parts = [source, version && `edition ${version}`, from && `from ${from}`].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(', ') : undefined;
}

/**
 * Whether a payer takes an electronic claim after so many others. What it does not state: Medicare takes none with more
 * than one payer before it (FCSO, NGS), everybody else does.
 */
export function takesElectronicClaim({ electronicCob }: PayerRules, payerKind: PayerKind | undefined, payersBefore: number): boolean {
  const furthest = electronicCob ?? (payerKind === 'medicare' ? 'secondary' : 'tertiary');
  return payersBefore === 0 || furthest === 'tertiary' || (furthest === 'secondary' && payersBefore === 1);
}

function filingLimit({ extension = [] }: Extension): PayerRules['filingLimits'] {
  const role = oneOf(code(extension, 'role'), ['primary', 'secondary']);
  const limit = limitOf(extension);
  return role && limit ? [{ ...limit, role }] : [];
}

function appealLimit({ extension = [] }: Extension): PayerRules['appealLimits'] {
  const level = positive(extension, 'level');
  const limit = limitOf(extension, 'decision');
  return level && limit ? [{ ...limit, level }] : [];
}

/** `from` of an appeal limit may be left out: it can only be the decision. */
function limitOf(parts: readonly Extension[], otherwise?: Starting): Limit | undefined {
  const count = positive(parts, 'count');
  const unit = oneOf(code(parts, 'unit'), Object.keys(UNITS) as Unit[]);
  const from = oneOf(code(parts, 'from'), ['service-date', 'prior-payer-decision', 'notice', 'decision']) ?? otherwise;
  if (!count || !unit || !from) return undefined;
  return { count, unit, from: otherwise === 'decision' && from === 'notice' ? 'decision' : from };
}

const code = (parts: readonly Extension[], url: string): string | undefined => parts.find((part) => part.url === url)?.valueCode;
const positive = (parts: readonly Extension[], url: string): number | undefined => parts.find((part) => part.url === url)?.valuePositiveInt;
const oneOf = <Code extends string>(value: string | undefined, codes: readonly Code[]): Code | undefined => codes.find((known) => known === value);
