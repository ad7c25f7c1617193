import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { FhirRouter, MemoryRepository, type FhirRequest, type HttpMethod } from '@medplum/fhir-router';
import type { Bundle, CapabilityStatementRestResource, FhirResource } from 'fhir/r4.js';
import { inProject } from '../../src/root.js';

/** What a token is good for; undefined: it is not known. */
export type Verify = (token: string) => Promise<readonly string[] | undefined>;

export interface PeerOptions {
  /** Without it no token is asked for. */
  readonly verify?: Verify;
  /** Where the authorization server is, for `.well-known/smart-configuration`. */
  readonly tokenUrl?: () => string;
  /** As clients see it: what stands in front of the peer. */
  readonly publicBase?: () => string;
  /** Matches a page where nothing is asked for. */
  readonly pageSize?: number;
  /** Whether it keeps what a search finds, and gives pages of that; else each page is searched for by itself (`_offset`), as its makers' own server does. Default: yes. */
  readonly keepsPages?: boolean;
  /** Whether it tells versions as ETags; default: yes. */
  readonly hasEtag?: boolean;
  /** Whether what is written is answered with 204 and nothing (`Prefer: return=minimal`); default: no. */
  readonly isTerse?: boolean;
  /** What `/metadata` says of each type; default: searched by `_lastUpdated`, patient and `_count`, read and written. */
  readonly resources?: readonly CapabilityStatementRestResource[];
}

/** A FHIR server of another maker that can be written to: @medplum/fhir-router over its MemoryRepository, with HTTP, pages and tokens around it. */
export class Peer {
  readonly repository = new MemoryRepository();
  /** Every request that came, as `GET Coverage?…`. */
  readonly asked: string[] = [];
  readonly #router = new FhirRouter();
  readonly #options: PeerOptions;
  readonly #pages = new Map<string, readonly FhirResource[]>();
  readonly #server: Server;

  private constructor(options: PeerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(options: PeerOptions = {}): Promise<Peer> {
    prepare();
    const peer = new Peer(options);
    await new Promise<void>((resolve) => peer.#server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  get base(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/fhir`;
  }

  get #publicBase(): string {
    return this.#options.publicBase?.() ?? this.base;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Writes as the peer's own users do. */
  async put<T extends FhirResource>(resource: T): Promise<T> {
    return (await this.repository.updateResource(structuredClone(resource) as never)) as unknown as T;
  }

  async delete(type: string, id: string): Promise<void> {
    await this.repository.deleteResource(type, id);
  }

  /** As a source that has forgotten the pages that it gave. */
  forgetPages(): void {
    this.#pages.clear();
  }

  /** All of a type as it stands. */
  async all<T extends FhirResource>(type: T['resourceType']): Promise<T[]> {
    const { entry = [] } = await this.repository.search({ resourceType: type as never, count: 100_000 });
    return entry.map(({ resource }) => resource as unknown as T);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const url = new URL(request.url ?? '', 'http://peer');
      const path = url.pathname.replace(/^\/fhir\/?/, '');
      this.asked.push(`${request.method} ${path}${url.search}`);
      if (path === 'metadata') return send(response, 200, this.#statement());
      if (path === '.well-known/smart-configuration') return send(response, 200, this.#smart());
      const scopes = this.#options.verify ? await this.#options.verify((request.headers.authorization ?? '').replace(/^Bearer /, '')) : undefined;
      if (this.#options.verify && !scopes) return send(response, 401, outcome('login'), { 'WWW-Authenticate': 'Bearer error="invalid_token"' });
      if (scopes && !allows(scopes, request.method ?? '', path)) return send(response, 403, outcome('forbidden'));
      const page = url.searchParams.get('page-of');
      if (page !== null) return this.#page(response, page, Number(url.searchParams.get('from')), Number(url.searchParams.get('size')));
      if (request.method === 'GET' && /^[A-Z]\w+$/.test(path)) return await this.#search(response, path, url);
      return await this.#route(request, response, path, url, Buffer.concat(chunks));
    } catch (error) {
      send(response, 500, outcome(`exception ${error instanceof Error ? error.message : ''}`));
    }
  }

  async #search(response: ServerResponse, type: string, url: URL): Promise<void> {
    const keeps = this.#options.keepsPages !== false;
    const size = Math.min(Number(url.searchParams.get('_count') ?? this.#options.pageSize ?? 50), this.#options.pageSize ?? Infinity);
    url.searchParams.set('_count', keeps ? '100000' : String(size));
    for (const name of ['patient', 'beneficiary', 'subject']) {
      const value = url.searchParams.get(name);
      if (value !== null && !value.includes('/')) url.searchParams.set(name, `Patient/${value}`);
    }
    const [said, found] = await this.#router.handleRequest(this.#toRequest('GET', type, url, undefined, {}), this.repository as never);
    if (!found) return send(response, getStatus(said), said);
    const { entry = [], total = 0 } = found as unknown as Bundle<FhirResource>;
    const matches = entry.flatMap(({ resource }) => resource ?? []);
    if (!keeps) return this.#searched(response, matches, total, url, size);
    const key = randomUUID();
    this.#pages.set(key, matches);
    this.#page(response, key, 0, size);
  }

  #searched(response: ServerResponse, matches: readonly FhirResource[], total: number, url: URL, size: number): void {
    const offset = Number(url.searchParams.get('_offset') ?? 0) + size;
    const more = new URLSearchParams(url.searchParams);
    more.set('_offset', String(offset));
    send(response, 200, this.#searchset(matches, offset < total ? `${this.#publicBase}${url.pathname.replace(/^\/fhir/, '')}?${more}` : undefined));
  }

  /** Matches that are kept, as the health records do that give pages of a moment. */
  #page(response: ServerResponse, key: string, from: number, size: number): void {
    const matches = this.#pages.get(key);
    if (!matches) return send(response, 410, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'processing', details: { coding: [{ system: 'urn:peer', code: '4113' }] } }] });
    const next = from + size < matches.length ? `${this.#publicBase}?page-of=${key}&from=${from + size}&size=${size}` : undefined;
    send(response, 200, this.#searchset(matches.slice(from, from + size), next));
  }

  #searchset(matches: readonly FhirResource[], next: string | undefined): Bundle {
    const entry = matches.map((resource) => ({ fullUrl: `${this.#publicBase}/${resource.resourceType}/${resource.id}`, resource, search: { mode: 'match' as const } }));
    return { resourceType: 'Bundle', type: 'searchset', link: [{ relation: 'self', url: this.#publicBase }, ...(next === undefined ? [] : [{ relation: 'next', url: next }])], entry };
  }

  async #route(request: IncomingMessage, response: ServerResponse, path: string, url: URL, body: Buffer): Promise<void> {
    const headers = request.headers;
    const parsed = body.length > 0 ? (JSON.parse(body.toString()) as unknown) : undefined;
    const match = headers['if-match'];
    if (match !== undefined && request.method === 'PATCH') {
      const [type = '', id = ''] = path.split('/');
      const stood = await this.repository.readResource(type, id);
      if (`W/"${stood.meta?.versionId}"` !== match) return send(response, 412, outcome('conflict'));
    }
    const [said, resource] = await this.#router.handleRequest(this.#toRequest(request.method as HttpMethod, path, url, parsed, headers), this.repository as never);
    const version = (resource as FhirResource | undefined)?.meta?.versionId;
    if (this.#options.isTerse === true && /^(PUT|PATCH)$/.test(request.method ?? '') && resource) return void response.writeHead(204).end();
    send(response, getStatus(said), resource ?? said, version === undefined || this.#options.hasEtag === false ? {} : { ETag: `W/"${version}"` });
  }

  #toRequest(method: HttpMethod, path: string, url: URL, body: unknown, headers: IncomingMessage['headers']): FhirRequest {
    return { method, url: `${path}${url.search}`, pathname: '', params: {}, query: Object.fromEntries(url.searchParams), body, headers };
  }

  #statement(): FhirResource {
    const resource = this.#options.resources ?? TYPES.map((type): CapabilityStatementRestResource => ({
      type: type as never,
      interaction: (['read', 'search-type', 'create', 'update', 'patch', 'delete'] as const).map((code) => ({ code })),
      searchParam: ['_id', '_lastUpdated', '_count', 'patient'].map((name) => ({ name, type: 'string' as const })),
    }));
    return { resourceType: 'CapabilityStatement', status: 'active', date: '2026-01-01', kind: 'instance', fhirVersion: '4.0.1', format: ['json'], rest: [{ mode: 'server', resource: [...resource] }] };
  }

  #smart(): unknown {
    return { token_endpoint: this.#options.tokenUrl?.(), grant_types_supported: ['client_credentials'], capabilities: ['client-confidential-asymmetric', 'permission-v2'], code_challenge_methods_supported: ['S256'], token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'] };
  }
}

const TYPES = ['Organization', 'Practitioner', 'Patient', 'RelatedPerson', 'Encounter', 'Account', 'Coverage', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit'];

const allows = (scopes: readonly string[], method: string, path: string): boolean => {
  const type = path.split('/')[0] ?? '';
  const needed = method === 'GET' ? (path.includes('/') ? 'r' : 's') : 'u';
  return type === '' || scopes.some((scope) => new RegExp(`^system/(${type}|\\*)\\.\\w*${needed}`).test(scope));
};

const outcome = (code: string): unknown => ({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'processing', details: { text: code } }] });

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/fhir+json', ...headers });
  response.end(JSON.stringify(body));
}

let isPrepared = false;
function prepare(): void {
  if (isPrepared) return;
  isPrepared = true;
  const read = (name: string): never => JSON.parse(readFileSync(inProject('node_modules', '@medplum', 'definitions', 'dist', 'fhir', 'r4', `${name}.json`), 'utf8')) as never;
  for (const name of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(read(name));
  indexSearchParameterBundle(read('search-parameters'));
}
