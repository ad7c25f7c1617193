import type { Issue } from '../fhir/outcome.js';

type Kind = Pick<Issue, 'severity' | 'code'> & { readonly id: string };

const error = (id: string): Kind => ({ severity: 'error', code: 'transient', id });
const harmless = (id: string): Kind => ({ severity: 'information', code: 'informational', id });

/** Why a lane did not come to its end, by its code (`LaneFailure`), or something was not given. */
const ISSUES: Readonly<Record<string, Kind>> = {
  unreachable: error('source-unreachable'),
  refused: error('source-refused'),
  protected: error('source-protected'),
  absent: error('source-absent'),
  unauthorized: error('source-unauthorized'),
  foreign: error('source-foreign'),
  unreadable: error('source-unreadable'),
  internal: error('source-internal'),
  busy: harmless('source-busy'),
  stopped: harmless('source-stopped'),
};

/** A lane's failure as an issue. */
export const failureIssue = (code: string, text: string): Issue => ({ ...(ISSUES[code] ?? error('source-unreadable')), text });
