import type { Account, Coverage } from 'fhir/r4.js';
import { referenceTo } from '../../claims/derive/input.js';
import { orderBenefits } from '../../cob/index.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import type { ChainState } from '../automation/state.js';
import { digest } from '../task.js';

/** The patient's account: as it stands, and as it is to be written where it is missing or its coverages are out of order. */
export interface PatientAccount {
  /** `Account/1`. */
  readonly reference: string;
  readonly changes: readonly ResourceChange[];
}

/** One account for each patient: the first active one on file, else one whose id follows from the patient's. Its `coverage.priority` is the order of benefits on the day `asOf`. */
export async function accountOf(state: ChainState, resources: Resources): Promise<PatientAccount> {
  const patient = state.input.claim.patient.reference ?? '';
  const [known] = await resources.first<Account>('Account', `subject=${patient}&status=active&_sort=_id`, 1);
  const account: Account = known ?? { resourceType: 'Account', id: digest(JSON.stringify(['account', patient])).slice(0, 32), status: 'active', name: 'Patient account', subject: [{ reference: patient }] };
  const coverage = prioritiesOf(state);
  const reference = `Account/${account.id ?? ''}`;
  if (known && (coverage.length === 0 || isSame(known.coverage, coverage))) return { reference, changes: [] };
  const put = coverage.length > 0 ? { ...account, coverage } : account;
  return { reference, changes: [known ? { put, expectVersion: Number(known.meta?.versionId) } : { put, ifAbsent: true }] };
}

function prioritiesOf({ input: { coverages, resources, claim, asOf } }: ChainState): NonNullable<Account['coverage']> {
  const of = <T>(type: string): T[] => resources.filter(({ resourceType }) => resourceType === type) as T[];
  const patients = of<NonNullable<Parameters<typeof orderBenefits>[0]['patient']>>('Patient');
  const patient = patients.find((one) => referenceTo(one) === claim.patient.reference);
  const { ranked } = orderBenefits({
    coverages: coverages as Coverage[], patient, relatedPersons: of('RelatedPerson'), organizations: of('Organization'), subscribers: patients.filter((one) => one !== patient),
    benefitType: 'medical', relatedCause: 'none', date: asOf,
  });
  return ranked.map(({ coverage, order }) => ({ coverage: { reference: coverage }, priority: order }));
}

const isSame = (a: Account['coverage'] = [], b: Account['coverage'] = []): boolean => JSON.stringify(a.map(short)) === JSON.stringify(b.map(short));
const short = ({ coverage, priority }: NonNullable<Account['coverage']>[number]): unknown[] => [coverage.reference, priority];
