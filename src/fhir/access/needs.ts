import { errors } from '../outcome.js';
import { header, type Call, type Interaction } from '../interactions/interaction.js';
import type { Permission } from './caller.js';

/**
 * What an interaction needs on its type (SMART App Launch 2.2, scopes), by the first of its codes. A condition is a search.
 * `each`: its parts are looked at by themselves. `open`: nothing.
 */
const NEEDS: Readonly<Record<string, readonly Permission[] | 'each' | 'open'>> = {
  capabilities: 'open',
  transaction: 'each',
  operation: 'each',
  // Whoever began a job may ask for what came of it: what that shows was limited by their scopes.
  'job-status': 'each',
  'job-cancel': 'each',
  'job-file': 'each',
  read: ['r'],
  vread: ['r'],
  'history-instance': ['r'],
  'history-type': ['s'],
  'history-system': ['s'],
  'search-type': ['s'],
  'search-system': ['s'],
  'search-compartment': ['s'],
  create: ['c'],
  update: ['u'],
  patch: ['u'],
  delete: ['d'],
  'conditional-update': ['u', 's'],
  'conditional-patch': ['u', 's'],
  'conditional-delete': ['d', 's'],
};

/** @throws {FhirError} 403 for an interaction of which nothing is said here: nobody may do it with a token. */
export function needsOf({ codes: [code = ''] }: Interaction, { request }: Call): readonly Permission[] | 'each' | 'open' {
  const needs = neededBy(code);
  if (needs === undefined) throw errors.forbidden('No scope allows this', undefined, 'insufficient-scope');
  return code === 'create' && header(request, 'if-none-exist') !== undefined ? ['c', 's'] : needs;
}

/** What an interaction of this code needs on its type. */
export const neededBy = (code: string): (typeof NEEDS)[string] | undefined => (Object.hasOwn(NEEDS, code) ? NEEDS[code] : undefined);
