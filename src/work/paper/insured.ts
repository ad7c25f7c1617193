/** Items 1 to 13: whose plan pays, who the patient is, and who paid before. */
import type { Claim, Coverage } from 'fhir/r4.js';
import { ACCIDENTS, toX12 } from '../../x12/claim/codes.js';
import type { ClaimFacts, Gaps, PayerRow, Person } from '../../x12/claim/facts.js';
import { consentsOf } from '../../x12/claim/write-claim.js';
import { relationshipOf } from '../../x12/claim/write-other-payers.js';
import { memberId } from '../../x12/claim/write-parties.js';
import { dated, mark, type Entries } from './form.js';
import type { PlaceName } from './grid.js';
import { printedAddress, surnameFirst, telephone, worded } from './persons.js';

export const ON_FILE = 'SIGNATURE ON FILE';

export function insuredEntries(facts: ClaimFacts, gaps: Gaps): Entries {
  const { claim, focal, patient } = facts;
  const letter = printedAddress(focal.payer.address, 'postal');
  gaps.need(letter, `${focal.expression}.coverage`, 'The payer of this coverage has no address to mail the claim to: add it to its Organization');
  const home = printedAddress(patient.address);
  const phone = telephone(patient.telecom);
  return {
    payer1: worded(focal.payer.name), payer2: letter?.street, payer3: letter?.place,
    ...mark(PROGRAMS[focal.kind ?? ''] ?? '1-other'),
    '1a': idOf(memberId(focal.coverage)),
    '2': surnameFirst(patient),
    ...dated('3', patient.birthDate), ...sex('3', patient.gender),
    '5-street': home?.street, '5-city': home?.city, '5-state': home?.state, '5-zip': home?.zip, '5-area': phone?.area, '5-phone': phone?.number,
    ...(focal.kind === 'medicare' ? medicareEntries(facts, gaps) : planEntries(facts, gaps)),
    ...causes(claim),
    ...(consentsOf(claim).release === 'Y' ? { '12': ON_FILE } : {}),
  };
}

/** Item 1 by the kind of payer. Source: NUCC 1500 manual item 1; FECA black lung is the federal program. */
const PROGRAMS: Readonly<Record<string, PlaceName>> = {
  medicare: '1-medicare', medicaid: '1-medicaid', tricare: '1-tricare', champva: '1-champva', 'group-health': '1-group', 'black-lung': '1-feca',
};

/** Numbers of members, groups and policies stand without hyphens and blanks (NUCC items 1a, 9a, 11). */
const idOf = (text: string | undefined): string => worded(text).replace(/[\s,-]/g, '');

const groupOf = ({ class: classes = [] }: Coverage): string | undefined => classes.find(({ type }) => type.coding?.some(({ code }) => code === 'group'))?.value;
const planOf = ({ coverage, payer }: PayerRow): string => worded(coverage.class?.find(({ type }) => type.coding?.some(({ code }) => code === 'plan'))?.name ?? payer.name);
const policyOf = ({ coverage }: PayerRow): string => idOf(groupOf(coverage) ?? memberId(coverage));

const sex = (item: '3' | '11a', gender: Person['gender']): Entries => mark(gender === 'male' ? `${item}-male` : gender === 'female' ? `${item}-female` : undefined);

/** Item 6. */
const RELATIONS: Readonly<Record<string, PlaceName>> = { '18': '6-self', '01': '6-spouse', '19': '6-child' };
function relation(row: PayerRow, gaps: Gaps): Entries {
  const code = relationshipOf(row, gaps);
  return code === undefined ? {} : mark(RELATIONS[code] ?? '6-other');
}

function homeOf({ address, telecom }: Person): Entries {
  const home = printedAddress(address);
  const phone = telephone(telecom);
  return { '7-street': home?.street, '7-city': home?.city, '7-state': home?.state, '7-zip': home?.zip, '7-area': phone?.area, '7-phone': phone?.number };
}

/** 4, 6, 7, 11 say who holds the plan that the form goes to, 9 who holds the other one: the payer that comes first. Source: NUCC 1500 manual. */
function planEntries({ claim, focal, others: [other] }: ClaimFacts, gaps: Gaps): Entries {
  const { subscriber, coverage } = focal;
  return {
    '4': surnameFirst(subscriber),
    ...relation(focal, gaps),
    ...homeOf(subscriber),
    '11': idOf(groupOf(coverage)),
    ...dated('11a', subscriber.birthDate), ...sex('11a', subscriber.gender),
    '11c': planOf(focal),
    ...mark(other ? '11d-yes' : '11d-no'),
    ...(other ? { '9': surnameFirst(other.subscriber), '9a': policyOf(other), '9d': planOf(other) } : {}),
    ...(consentsOf(claim).benefits === 'Y' ? { '13': ON_FILE } : {}),
  };
}

/**
 * Medicare has items 4, 6, 7 and 11 for the payer that comes before it, NONE where it is the first, 9 and 13 for Medigap
 * only, and leaves 11d free. Source: CMS Pub. 100-04 ch. 26 §10.2.
 */
function medicareEntries({ claim, focal, others }: ClaimFacts, gaps: Gaps): Entries {
  const first = others.find(({ insurance }) => insurance.sequence < focal.insurance.sequence);
  const medigap = others.find(({ kind }) => kind === 'medigap');
  return {
    ...(first ? beforeMedicare(first, gaps) : { '11': 'NONE' }),
    ...(medigap ? { '9': medigap.isSelf ? 'SAME' : surnameFirst(medigap.subscriber), '9a': `MEDIGAP ${policyOf(medigap)}`, '9d': planOf(medigap) } : {}),
    ...(medigap && consentsOf(claim).benefits === 'Y' ? { '13': ON_FILE } : {}),
  };
}

function beforeMedicare(row: PayerRow, gaps: Gaps): Entries {
  const { isSelf, subscriber } = row;
  return {
    '4': isSelf ? 'SAME' : surnameFirst(subscriber),
    ...relation(row, gaps),
    ...(isSelf ? { '7-street': 'SAME' } : homeOf(subscriber)),
    '11': policyOf(row),
    ...(isSelf ? {} : { ...dated('11a', subscriber.birthDate), ...sex('11a', subscriber.gender) }),
    '11c': planOf(row),
  };
}

/** Item 10: what the claim says of an accident, and NO to the rest. */
function causes({ accident }: Claim): Entries {
  const codes = accident?.type?.coding?.map(({ code }) => toX12(ACCIDENTS, code)) ?? [];
  const code = accident ? (codes.find((one) => one !== undefined) ?? 'OA') : undefined;
  return {
    ...mark(code === 'EM' ? '10a-yes' : '10a-no'),
    ...mark(code === 'AA' ? '10b-yes' : '10b-no'),
    ...mark(code === 'OA' ? '10c-yes' : '10c-no'),
    ...(code === 'AA' ? { '10b-state': worded(accident?.locationAddress?.state) } : {}),
  };
}
