import type { Communication, CommunicationRequest } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';

/** What patients are written to for, and why they are not. */
export const OUTREACH_SYSTEM = `${CANONICAL}/CodeSystem/outreach`;
const REASON = { coding: [{ system: OUTREACH_SYSTEM, code: 'overtaken' }] };

/** Whether a message is not sent because another says otherwise by now. */
export const isOvertaken = ({ statusReason }: Communication | CommunicationRequest): boolean =>
  statusReason?.coding?.some(({ system, code }) => system === OUTREACH_SYSTEM && code === 'overtaken') ?? false;

/** Statements of a patient that were not sent yet are not sent any more: there is a newer one, `but`, or nothing to tell. */
export async function overtaken(patient: string, but: string | undefined, resources: Resources): Promise<ResourceChange[]> {
  const of = `subject=${patient}&category=${OUTREACH_SYSTEM}|statement`;
  const [requests, messages] = await Promise.all([
    resources.search<CommunicationRequest>('CommunicationRequest', `${of}&status=active,on-hold`),
    resources.search<Communication>('Communication', `${of}&status=preparation`),
  ]);
  const isOlder = ({ payload = [] }: Communication | CommunicationRequest): boolean => but === undefined || !payload.some(({ contentReference }) => contentReference?.reference === but);
  return [
    ...requests.filter(isOlder).map((request): ResourceChange => ({ put: { ...request, status: 'revoked', statusReason: REASON }, expectVersion: Number(request.meta?.versionId) })),
    ...messages.filter(isOlder).map((message): ResourceChange => ({ put: { ...message, status: 'not-done', statusReason: REASON }, expectVersion: Number(message.meta?.versionId) })),
  ];
}
