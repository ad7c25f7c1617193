import type { Claim, Task } from 'fhir/r4.js';
import { relative } from '../../claims/read-header.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import { withPlaybook, type FindPlaybook } from '../queue/playbooks.js';
import { toTask, WORK_SYSTEM } from '../task.js';

export interface AuditContext {
  readonly resources: Resources;
  readonly find: FindPlaybook;
  readonly now: Date;
  /** Who asks for it; undefined: not known. */
  readonly requester?: string | undefined;
}

/** The Tasks to audit the claims that were drawn: one for a claim and what drew it, however often it is drawn, and none while another waits. */
export async function auditTasks(sample: readonly string[], drawnBy: readonly string[], { resources, find, now, requester }: AuditContext): Promise<ResourceChange[]> {
  if (sample.length === 0) return [];
  const waiting = new Set<string | undefined>();
  for await (const page of resources.pages<Task>('Task', `code=${WORK_SYSTEM}|audit-sample&status=ready,in-progress,on-hold`)) for (const { focus } of page) waiting.add(relative(focus?.reference));
  const wanted = sample.filter((reference) => !waiting.has(reference));
  const claims = (await Promise.all(wanted.map((reference) => resources.read<Claim>('Claim', reference.slice('Claim/'.length))))).filter((claim) => claim !== undefined);
  return claims.map((claim) => ({ put: auditTask(claim, drawnBy, { find, now, requester }), ifAbsent: true }));
}

const auditTask = ({ id = '', patient }: Claim, drawnBy: readonly string[], { find, now, requester }: Omit<AuditContext, 'resources'>): Task =>
  toTask(withPlaybook({
    code: 'audit-sample',
    cause: [...drawnBy, id],
    focus: `Claim/${id}`,
    patient: patient.reference,
    requester,
    description: 'Retrace this claim from the first decision to the last entry in the ledger, and note what is wrong',
    state: 'drawn for audit',
    authoredOn: now.toISOString(),
  }, find));
