import type { Expression } from '../../store/store.js';

interface Naming {
  /** Search parameters whose references count. */
  readonly params: readonly string[];
  /** `persons`: no other Patient is named. `whatever`: nothing is but the patient and what is shared, since whose a Claim is does not stand in a reference to it. */
  readonly but: 'persons' | 'whatever';
}

/** Types of which one resource may be about several patients at once, and is in the compartment of each (R4 CompartmentDefinition/patient). */
const SEVERAL: Readonly<Partial<Record<string, Naming>>> = {
  Account: { params: ['subject'], but: 'persons' },
  Appointment: { params: ['actor'], but: 'persons' },
  // One for all that a commit changes, and for whatever a search names.
  AuditEvent: { params: ['agent', 'entity'], but: 'whatever' },
  Group: { params: ['member'], but: 'persons' },
  List: { params: ['item'], but: 'persons' },
  Person: { params: ['link'], but: 'persons' },
  // One for a page of a synchronisation.
  Provenance: { params: ['target', 'agent', 'entity'], but: 'whatever' },
  Schedule: { params: ['actor'], but: 'persons' },
};

/** What makes a resource of a type one that names others beside the patient; undefined: its type is about one patient. `unshared`: the types that no patient's app reads whosever they are. */
export function namesOthers(type: string, patient: string, unshared: readonly string[]): Expression | undefined {
  const naming = Object.hasOwn(SEVERAL, type) ? SEVERAL[type] : undefined;
  if (!naming) return undefined;
  const to = naming.but === 'persons' ? ['Patient'] : unshared;
  return { op: 'or', of: naming.params.map((param): Expression => ({ op: 'refers', param, to, but: { type: 'Patient', id: patient } })) };
}
