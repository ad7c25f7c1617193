import type { CodesOf } from '../operation/input.js';
import type { OperationRegistry } from '../operation/registry.js';
import type { Route } from '../router.js';
import { components } from './components.js';
import { interactionPath, pathOf } from './interactions.js';
import { operationPaths } from './operations.js';
import { securitySchemes, withSecurity } from './security.js';
import type { OpenApiDocument, PathItem } from './types.js';

export interface OpenApiParts {
  /** What the router has. */
  readonly routes: readonly Route[];
  readonly types: readonly string[];
  readonly operations: OperationRegistry;
  readonly codesOf: CodesOf;
  readonly baseUrl: string;
  /** Whether callers need a token. */
  readonly secured: boolean;
  readonly software: { readonly version: string };
}

const DESCRIPTION = `The RESTful API of FHIR R4 with operations for secondary billing. A path with \`{type}\` holds for every resource type; the search parameters of each are in the CapabilityStatement at \`/metadata\`.

Where GET is listed, HEAD is answered too. Bodies and answers are FHIR JSON; what is refused is told by an OperationOutcome, and nothing is written then.`;

/** The API in OpenAPI 3.1, made from what there is: the routes, each form of each operation, and the types. */
export function openApiDocument({ routes, types, operations, codesOf, baseUrl, secured, software }: OpenApiParts): OpenApiDocument {
  const described = operationPaths(operations.operations, codesOf);
  const definitions = operations.operations.map(({ definition }) => definition);
  const paths = merged([
    ...routes.filter(({ template }) => !template.endsWith('$[operation]')).map((route): [string, PathItem] => [pathOf(route.template), interactionPath(route)]),
    ...described.paths.map(({ path, item }): [string, PathItem] => [path, item]),
  ]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cobalt', version: software.version, summary: 'Secondary insurance billing over FHIR R4', description: DESCRIPTION,
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: baseUrl }],
    externalDocs: { url: 'http://hl7.org/fhir/R4/http.html', description: 'FHIR R4: RESTful API' },
    tags: [
      { name: 'FHIR REST', description: 'Resources, their history, search, and Bundles' },
      ...[...new Set(definitions.map(({ code }) => code))].map((code) => ({ name: `$${code}`, description: definitions.find((one) => one.code === code)?.title ?? code })),
    ],
    paths: secured ? withSecurity(paths, definitions) : paths,
    components: { ...components(types, described.schemas), ...(secured ? { securitySchemes: securitySchemes(baseUrl) } : {}) },
  };
}

/** @throws {Error} when two stand at one path: the one would hide the other. */
function merged(items: readonly (readonly [string, PathItem])[]): Record<string, PathItem> {
  const twice = items.find(([path], index) => items.findIndex(([other]) => other === path) < index);
  if (twice) throw new Error(`two routes or operations stand at ${twice[0]}`);
  return Object.fromEntries(items);
}
