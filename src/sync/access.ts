import type { AuditFacts } from '../fhir/audit/event.js';
import type { Access } from './client/index.js';
import type { Source } from './source.js';

/** A look at a source as an AuditEvent tells it: by whom (`device`, as which client there), and what was asked. */
export const accessFacts = ({ id, clientId, base }: Source, { interaction, url, status }: Access, device: string, at: Date): AuditFacts => ({
  at: at.getTime(),
  by: 'server',
  interactions: interaction === 'export' ? [] : [interaction],
  operation: interaction === 'export' ? 'export' : undefined,
  action: interaction === 'read' || interaction === 'export' ? 'R' : interaction === 'search-type' ? 'E' : 'U',
  status,
  actor: { who: device, client: clientId },
  entities: [`Endpoint/${id}`],
  query: url.startsWith(`${base}/`) ? url.slice(base.length + 1) : url,
});
