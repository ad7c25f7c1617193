import type { OperationDefinition } from 'fhir/r4.js';
import { neededBy } from '../access/needs.js';
import { operationNeeds } from '../access/operation-needs.js';
import type { Need } from '../access/refusal.js';
import type { Method, PathItem, PathMethod } from './types.js';

/** How callers say who they are, where issuers are configured (OpenAPI 3.1, Security Scheme Object). */
export const securitySchemes = (baseUrl: string) => ({
  smart: {
    type: 'openIdConnect',
    openIdConnectUrl: `${baseUrl}/.well-known/smart-configuration`,
    description: 'An access token of SMART App Launch 2.2. The scopes stand here as `user/`: those of `system/` do as well, and those of `patient/` as far as the patient’s record reaches, with search parameters that limit them or without.',
  },
} as const);

/** The same paths, each method with the scopes that it needs. */
export function withSecurity(paths: Readonly<Record<string, PathItem>>, definitions: readonly OperationDefinition[]): Readonly<Record<string, PathItem>> {
  const byUrl = new Map(definitions.map((definition) => [definition.url, definition]));
  const secured = (path: string, does: PathMethod): PathMethod => {
    const definition = byUrl.get(does['x-fhir-operation']);
    return definition ? ofOperation(does, definition, typeIn(path)) : { ...does, ...ofInteraction(does['x-fhir-interactions'][0] ?? '', typeIn(path)) };
  };
  return Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, Object.fromEntries(Object.entries(item).map(([method, does]): [Method, PathMethod] => [method as Method, secured(path, does)]))]));
}

/** `Claim` of `/Claim/{id}/$scrub`; `{type}` where the path has any; `*` where it has none. */
function typeIn(path: string): string {
  if (path.includes('{compartment}')) return '{type}';
  const [first = ''] = path.split('/').slice(1);
  return /^[A-Z{]/.test(first) ? first : '*';
}

const scopes = (needs: readonly Need[]): string[] => needs.map(({ type, permissions }) => `user/${type}.${permissions.join('')}`);

function ofInteraction(code: string, type: string): Pick<PathMethod, 'security'> {
  const needs = neededBy(code);
  if (needs === 'open') return { security: [] };
  return { security: [{ smart: needs === 'each' || needs === undefined ? [] : scopes([{ type, permissions: needs }]) }] };
}

/** What it needs only with a parameter is said in words: OpenAPI has no condition for it. */
function ofOperation(does: PathMethod, definition: OperationDefinition, type: string): PathMethod {
  const { always = [], when = [], whole = false, clients = false } = operationNeeds(definition) ?? {};
  const own = (needs: readonly Need[]): readonly Need[] => needs.map((need) => (need.type === '[type]' ? { ...need, type } : need));
  const more = [
    ...when.map(({ parameter, needs }) => `With \`${parameter}\` it needs ${scopes(own(needs)).map((scope) => `\`${scope}\``).join(' ')} too.`),
    ...(clients ? ['It is for clients that act for themselves: scopes of `system/` count and no others, those of the types that are meant.'] : []),
    ...(whole ? ['It works on all that is stored: no patient and no constraint may limit the caller.'] : []),
  ];
  return { ...does, ...(more.length > 0 ? { description: [does.description, ...more].filter((each) => each !== undefined).join('\n\n') } : {}), security: [{ smart: clients ? [`system/*.${definition.affectsState ? 'cu' : 'rs'}`] : scopes(own(always)) }] };
}
