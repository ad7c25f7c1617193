import type { Fhir, FhirRequest, Interaction, Routed } from '../interactions/interaction.js';
import { errors } from '../outcome.js';
import { Repository } from '../repository.js';
import { answer, route } from '../router.js';
import type { Caller, Permission } from './caller.js';
import { limitedSearch } from './limited-search.js';
import { limitedStore } from './limited-store.js';
import { needsOf } from './needs.js';
import { neededFor, operationNeeds } from './operation-needs.js';
import { insufficientScope, needsAll } from './refusal.js';
import { Rights } from './rights.js';

/** One for each caller, and a caller is one for each token: what was worked out of its scopes is kept as long. */
const known = new WeakMap<Caller, Fhir>();

/**
 * The API as a caller may use it: the one place where scopes count. Whatever is asked, alone, in a Bundle or by an
 * operation, is routed by this view, which refuses (403) what no scope names, and works on its store, in which nothing is
 * that no scope reaches (404).
 */
export function viewOf(fhir: Fhir, caller: Caller): Fhir {
  const before = known.get(caller);
  if (before) return before;
  const view = limited(fhir, new Rights(caller, fhir.search));
  known.set(caller, view);
  return view;
}

function limited(fhir: Fhir, rights: Rights): Fhir {
  const { caller } = rights;
  const { search, checkClaims } = fhir;
  const secrets = fhir.secrets.as(caller);
  const storeFor = (reading: readonly Permission[], makes = false): Fhir['store'] => limitedStore(fhir.store, { rights, search, baseUrl: fhir.baseUrl, reading, makes });
  const view: Fhir = {
    ...fhir, caller, secrets,
    store: storeFor(['r']),
    search: limitedSearch(search, rights),
    // What an operation does not find it does without (`design/operations.md`, "Common rules"): it searches as anybody, in less.
    resources: new Repository(storeFor(['r'], true), search, checkClaims, secrets),
    resourcesFor: (operation, type, inputs) => {
      const needs = operationNeeds(operation.definition);
      if (!needs) throw errors.forbidden('The definition of this operation does not say what it needs: nobody may call it with a token', undefined, 'insufficient-scope');
      const needed = neededFor(needs, type, inputs);
      const may = (on: string, permission: Permission): boolean => (needs.whole ? rights.of(on, permission) === 'all' : on === '*' ? rights.hasEvery(permission) : rights.has(on, permission));
      const lacking = needed.filter(({ type: on, permissions }) => !permissions.every((permission) => may(on, permission)));
      if (lacking.length > 0) throw needs.whole ? needsAll(lacking) : insufficientScope(caller, lacking, undefined, needs.clients ? 'system' : undefined);
      return needs.whole ? fhir.resources : view.resources;
    },
    route: (request) => routed(request, rights, search.types, (type) => ({ ...view, store: storeFor([rights.has(type, 'r') ? 'r' : 'u']) })),
    within: (origin) => limited(fhir.within(origin), rights),
    answer: (request) => answer(request, view),
  };
  return view;
}

/** @throws {FhirError} as `route`, and 403 */
function routed(request: FhirRequest, rights: Rights, types: readonly string[], patching: (type: string) => Fhir): Routed {
  const { call, interaction } = route(request);
  const needs = needsOf(interaction, call);
  if (needs === 'open') return { call, interaction };
  const { caller } = rights;
  if (caller.scopes.length === 0) throw insufficientScope(caller, [{ type: call.type || '*', permissions: needs === 'each' ? ['r'] : needs }]);
  if (needs === 'each') return { call, interaction };
  const isAllowed = (permission: Permission): boolean => (call.type === '' ? types.some((type) => rights.has(type, permission)) : rights.has(call.type, permission));
  if (!needs.every(isAllowed)) throw insufficientScope(caller, [{ type: call.type || '*', permissions: needs }]);
  return isPatch(interaction) && interaction.kind === 'write' ? patched({ call, interaction }, rights.has(call.type, 'r'), patching(call.type)) : { call, interaction };
}

const isPatch = ({ codes }: Interaction): boolean => codes.some((code) => code.endsWith('patch'));

/** A patch reads what it changes: who may read nothing of the type needs its own permission only for that, and is not shown what comes of it. */
function patched({ call, interaction }: { readonly call: Routed['call']; readonly interaction: Interaction & { readonly kind: 'write' } }, shows: boolean, fhir: Fhir): Routed {
  const request = shows ? call.request : { ...call.request, headers: { ...call.request.headers, prefer: 'return=minimal' } };
  return { call: { ...call, request }, interaction: { ...interaction, plan: (given) => interaction.plan({ ...given, request }, fhir) } };
}
