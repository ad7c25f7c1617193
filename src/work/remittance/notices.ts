/** What a remittance says beside its money that a person must see to. */
import type { Claim } from 'fhir/r4.js';
import { relative } from '../../claims/read-header.js';
import type { Match } from '../../x12/era/match.js';
import { nameOf, type EraClaim } from '../../x12/era/remittance.js';

interface Notice {
  readonly id: string;
  readonly holds: (claim: EraClaim, match: Match | undefined) => boolean;
  readonly text: string;
}

/** CLP02: processed as the second or a later payer's, forwarded or not. */
const AS_LATER_PAYER: ReadonlySet<string> = new Set(['2', '3', '20', '21']);

/** Each becomes a Task `verify-cob`. Source: X12 835 TR3 2100 NM1*74, NM1*PR with NM1*GB, CLP02. */
const NOTICES: readonly Notice[] = [
  { id: 'corrected-insured', holds: (claim) => nameOf(claim, '74') !== undefined, text: 'The payer states another name or member number for the insured (NM1*74): correct the coverage' },
  { id: 'priority-payer', holds: (claim) => (nameOf(claim, 'PR') ?? nameOf(claim, 'GB')) !== undefined, text: 'The payer names another payer that comes before it and did not forward the claim (NM1*PR): verify the order of benefits' },
  { id: 'not-primary', holds: ({ status }, match) => AS_LATER_PAYER.has(status) && isFirst(match), text: 'The payer decided as a later payer what was sent to it as the first: verify the order of benefits' },
];

export const noticesOf = (claim: EraClaim, match: Match | undefined): readonly Pick<Notice, 'id' | 'text'>[] => NOTICES.filter(({ holds }) => holds(claim, match));

/** The coverage that decided is the first on the claim. */
const isFirst = (match: Match | undefined): boolean => match?.coverage !== undefined && rowOf(match.claim, match.coverage)?.sequence === 1;

const rowOf = ({ insurance }: Claim, wanted: string): Claim['insurance'][number] | undefined => insurance.find(({ coverage }) => relative(coverage.reference) === wanted);
