import type { Change, Store } from '../../store/store.js';
import { committing } from '../committing.js';
import { FhirError } from '../outcome.js';
import { APART } from './apart.js';

/** Whether interactions by a method are refused on a type: what is recorded stays as it was recorded. */
export const isForbidden = (type: string, method: string): boolean => APART.includes(type) && ['PUT', 'PATCH', 'DELETE'].includes(method);

export const onlyAdded = (): FhirError =>
  new FhirError(405, { severity: 'error', code: 'not-supported', text: 'An AuditEvent is only ever added: it is never changed, and never deleted', id: 'audit-append-only' }, { Allow: 'GET, HEAD, POST' });

/** A store to which AuditEvents can only be added, by whatever way a change comes. Commits throw FhirError 405 too. */
export const appendOnly = (store: Store): Store =>
  committing(store, (changes, options) => (changes.some(changesAudit) ? Promise.reject(onlyAdded()) : store.commit(changes, options)));

const changesAudit = (change: Change): boolean => change.op !== 'match' && isForbidden(change.type, change.op === 'delete' ? 'DELETE' : change.method);
