import type { CapabilityStatement, CapabilityStatementRest, CapabilityStatementRestResource, CapabilityStatementRestResourceOperation, CapabilityStatementRestResourceSearchParam, CapabilityStatementRestSecurity, StructureDefinition } from 'fhir/r4.js';
import { isForbidden } from './audit/append-only.js';
import type { Operation } from './operation/operation.js';
import type { OperationRegistry } from './operation/registry.js';
import { compartmentNames } from './search/compartment.js';
import type { Search } from './search/index.js';

export interface CapabilityParts {
  /** What the router has, by code. */
  readonly interactions: ReadonlySet<string>;
  readonly search: Search;
  readonly operations: OperationRegistry;
  readonly conditionalDelete: 'single' | 'multiple';
  readonly profiles: readonly StructureDefinition[];
  /** The topics that can be subscribed to. */
  readonly topics?: readonly string[] | undefined;
  readonly baseUrl: string;
  readonly software: { readonly version: string };
  /** When this server was started. */
  readonly date: Date;
  /** How clients get in; undefined: nobody is asked. */
  readonly security?: CapabilityStatementRestSecurity | undefined;
}

/** `CapabilityStatement.rest.resource.interaction.code` and `rest.interaction.code` (R4 value sets type- and system-restful-interaction). */
const TYPE_CODES = ['read', 'vread', 'update', 'patch', 'delete', 'history-instance', 'history-type', 'create', 'search-type'] as const;
/** The methods of those that some types do not take. */
const METHODS: Readonly<Record<string, string>> = { update: 'PUT', patch: 'PATCH', delete: 'DELETE' };
const SYSTEM_CODES = ['transaction', 'batch', 'search-system', 'history-system'] as const;

/** What may be asked of all types, beside what stands with each (R4 §3.1.1.4): no SearchParameter defines these. */
const SEARCH_PARAMETERS: readonly CapabilityStatementRestResourceSearchParam[] = [
  { name: '_list', type: 'special', documentation: 'What a List refers to: _list=[id]' },
  { name: '_has', type: 'special', documentation: 'What is referred to by resources that meet a condition: _has:[type]:[reference]:[parameter]=[value]' },
  { name: '_type', type: 'special', documentation: 'The types that a search of the whole system is about: _type=[type],[type]' },
];

/** How transactional integrity is handled (R4 §3.1.0.13.1). */
const DOCUMENTATION = 'A resource is stored as it was sent, byte for byte, with only id, meta.versionId and meta.lastUpdated put in. Nothing is merged, and nothing that is not understood is left out: an unknown element is refused. Updates may carry If-Match. A transaction is committed whole or not at all.';

/** What this server can do (R4 §5.2), made from what there is: routes, search parameters, operations and profiles. */
export function capabilityStatement(parts: CapabilityParts): CapabilityStatement {
  const { search, operations, interactions, baseUrl } = parts;
  return {
    resourceType: 'CapabilityStatement',
    url: `${baseUrl}/metadata`,
    version: parts.software.version,
    name: 'Cobalt',
    title: 'Cobalt: secondary insurance billing over FHIR R4',
    status: 'active',
    date: parts.date.toISOString(),
    kind: 'instance',
    software: { name: 'Cobalt', version: parts.software.version },
    implementation: { description: 'Cobalt: secondary insurance billing over FHIR R4', url: baseUrl },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    ...(interactions.has('patch') ? { patchFormat: ['application/json-patch+json', 'application/fhir+json'] } : {}),
    rest: [withoutEmptyLists<CapabilityStatementRest>({
      mode: 'server',
      documentation: DOCUMENTATION,
      ...(parts.security ? { security: parts.security } : {}),
      interaction: SYSTEM_CODES.filter((code) => interactions.has(code)).map((code) => ({ code })),
      resource: search.types.map((type) => resourceOf(type, parts)),
      searchParam: [...SEARCH_PARAMETERS],
      operation: operations.operations.filter(({ definition }) => definition.system).map(toOperation),
      compartment: interactions.has('search-compartment') ? compartmentNames().map((name) => `http://hl7.org/fhir/CompartmentDefinition/${name.toLowerCase()}`) : [],
    })],
  };
}

/** By which a server tells its topics (Subscriptions R5 Backport 1.1, "Discovery of Topics"). */
const TOPIC = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/capabilitystatement-subscriptiontopic-canonical';

function resourceOf(type: string, { search, operations, interactions, conditionalDelete, profiles, topics = [] }: CapabilityParts): CapabilityStatementRestResource {
  return withoutEmptyLists<CapabilityStatementRestResource>({
    extension: type === 'Subscription' ? topics.map((valueCanonical) => ({ url: TOPIC, valueCanonical })) : [],
    type: type as CapabilityStatementRestResource['type'],
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    supportedProfile: profiles.filter((profile) => profile.type === type && profile.derivation === 'constraint').map(({ url }) => url),
    interaction: TYPE_CODES.filter((code) => interactions.has(code) && !isForbidden(type, METHODS[code] ?? '')).map((code) => ({ code })),
    versioning: 'versioned-update',
    readHistory: interactions.has('vread'),
    updateCreate: interactions.has('update-create') && !isForbidden(type, 'PUT'),
    conditionalCreate: interactions.has('conditional-create'),
    conditionalRead: 'full-support',
    conditionalUpdate: interactions.has('conditional-update') && !isForbidden(type, 'PUT'),
    conditionalDelete: interactions.has('conditional-delete') && !isForbidden(type, 'DELETE') ? conditionalDelete : 'not-supported',
    referencePolicy: ['literal', 'logical', 'local'],
    searchInclude: [...search.includesOf(type)],
    searchRevInclude: [...search.revIncludesOf(type)],
    searchParam: search.searchParametersOf(type).map(({ name, type: kind, definition }) => ({ name, type: kind, definition })),
    operation: operations.onType(type).map(toOperation),
  });
}

const toOperation = ({ definition }: Operation): CapabilityStatementRestResourceOperation => ({ name: definition.code, definition: definition.url ?? definition.code });

/** FHIR has no empty arrays (R4 §2.6.2). */
const withoutEmptyLists = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, member]) => !Array.isArray(member) || member.length > 0)) as T;
