import type { Extension } from 'fhir/r4.js';
import { structureDefinition } from '../canonical.js';
import { extensionOf, type Decision } from '../read-header.js';
import type { Finding } from '../model.js';
import type { DecidedPayer } from './situation.js';

/**
 * The questions about decisions whose source does not have them any more, or held parts of them back (`Resource.meta`,
 * extension `upstream`), unless somebody has confirmed since that they stand (extension `confirmed`). They count until then: what
 * was posted is not taken back on a doubt.
 */
export const doubtsAbout = (payers: readonly DecidedPayer[]): Finding[] => payers.flatMap(({ decisions }) => decisions.flatMap((decision) => doubtAbout(decision) ?? []));

function doubtAbout(decision: Decision): Finding | undefined {
  const upstream = extensionOf(decision.meta ?? {}, structureDefinition('upstream'));
  const missingSince = part(upstream, 'missingSince')?.valueInstant?.slice(0, 10);
  const isIncomplete = part(upstream, 'incomplete')?.valueBoolean === true;
  if (missingSince === undefined && !isIncomplete) return undefined;
  const since = missingSince ?? part(upstream, 'lastUpdated')?.valueInstant?.slice(0, 10);
  const confirmed = extensionOf(decision, structureDefinition('confirmed'))?.valueDate;
  if (confirmed !== undefined && confirmed >= (since ?? '')) return undefined;
  const what = missingSince === undefined ? 'Its source held parts of this decision back' : 'Its source does not have this decision any more';
  return {
    code: 'primary-pending', severity: 'error', expression: decision.resourceType,
    text: `${what}${since === undefined ? '' : ` (since ${since})`}: does it stand? If so, state the day on which that was confirmed; if not, mark it as entered in error`,
  };
}

const part = (complex: Extension | undefined, name: string): Extension | undefined => complex?.extension?.find(({ url }) => url === name);
