import { readFileSync } from 'node:fs';
import { Router, type Response } from 'express';
import type { CodesOf } from '../../fhir/operation/input.js';
import type { OpenApiDocument } from '../../fhir/openapi/index.js';
import type { Operation } from '../../fhir/operation/operation.js';
import { inProject } from '../../root.js';
import type { Example } from './examples.js';
import { layout } from './layout.js';
import { operationPage } from './operation-page.js';
import { overview } from './overview.js';

export interface Docs {
  readonly baseUrl: string;
  readonly operations: readonly Operation[];
  readonly codesOf: CodesOf;
  readonly describe: () => OpenApiDocument;
  /** The example requests of the operation `$code`. */
  readonly examplesOf: (code: string) => readonly Example[];
}

/** Own styles and the own script, which may ask this server; nothing inline, nothing from elsewhere. */
const POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** The documentation for people (`/docs`) and for tools (`/openapi.json`). A page is made when it is first asked for. */
export function docsRouter(docs: Docs): Router {
  const { baseUrl, codesOf } = docs;
  const definitions = docs.operations.map(({ definition }) => definition);
  const codes = [...new Set(definitions.map(({ code }) => code))];
  const operations = new Map(codes.map((code) => [code, definitions.filter((definition) => definition.code === code)]));
  const made = new Map<string, string>();
  const once = (key: string, make: () => string): string => {
    const text = made.get(key) ?? make();
    made.set(key, text);
    return text;
  };
  const page = (response: Response, key: string, make: () => string): void => {
    response.set('Content-Security-Policy', POLICY).type('html').send(once(key, make));
  };
  const file = (name: string): string => once(name, () => readFileSync(inProject('src', 'http', 'docs', name), 'utf8'));

  const router = Router();
  router.get('/openapi.json', (_request, response) => {
    response.type('json').send(once('openapi', () => JSON.stringify(docs.describe())));
  });
  router.get('/docs', (_request, response) => {
    page(response, '', () => layout({ title: 'Cobalt: documentation', operations: codes, current: undefined, content: overview({ api: docs.describe(), operations }) }));
  });
  router.get('/docs/docs.css', (_request, response) => void response.type('css').send(file('docs.css')));
  router.get('/docs/run.js', (_request, response) => void response.type('js').send(file('run.js')));
  router.get('/docs/:code', ({ params: { code } }, response, next) => {
    const forms = operations.get(code);
    if (!forms) return next();
    page(response, code, () => layout({
      title: `$${code}: Cobalt`, operations: codes, current: code,
      content: operationPage({ code, definitions: forms, examples: docs.examplesOf(code), baseUrl, codesOf }),
    }));
  });
  return router;
}
