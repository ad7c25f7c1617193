import type { Claim, Identifier } from 'fhir/r4.js';
import { SYSTEM } from '../codes.js';
import { identifierOf } from '../read-header.js';
import { referenceTo } from './input.js';

/** X12 SBR01: primary, secondary, tertiary, then the fourth to the eleventh payer. */
const RESPONSIBILITY = ['P', 'S', 'T', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'] as const;

/** X12 CLM01 holds 20 characters of a claim number that every payer returns. */
const LONGEST = 20;

/**
 * The provider's claim number (type PLAC) of the claim to the payer in `position` (1 is primary): the first claim's
 * number and the payer's letter, e.g. `A1047S`. A number already given in the chain gets a figure more. What does not
 * fit X12 CLM01 (20 characters, letters, digits and hyphens) becomes a short digest of the first claim's number.
 */
export function claimNumber(first: Claim, position: number, taken: readonly Claim[], digest: (text: string) => string): Identifier {
  const original = first.identifier?.find(isClaimNumber);
  const stated = original?.value ?? referenceTo(first) ?? '';
  const base = stated.replace(/[^A-Za-z0-9-]/g, '');
  const letter = RESPONSIBILITY[position - 1] ?? 'U';
  const used = new Set(taken.flatMap(({ identifier = [] }) => identifier.filter(isClaimNumber).map(({ value }) => value)));
  for (let attempt = 1; ; attempt++) {
    const suffix = `${letter}${attempt === 1 ? '' : attempt}`;
    const isWhole = base === stated && base !== '' && base.length + suffix.length <= LONGEST;
    const stem = isWhole ? base : digest(stated).slice(0, 12).toUpperCase();
    const value = `${stem}${suffix}`;
    if (!used.has(value)) return { type: { coding: [{ system: SYSTEM.identifierType, code: 'PLAC' }] }, ...(original?.system ? { system: original.system } : {}), value };
  }
}

export const isClaimNumber = (identifier: Identifier): boolean => identifierOf([identifier], SYSTEM.identifierType, 'PLAC') !== undefined;
