import type { Bundle, FhirResource, Parameters } from 'fhir/r4.js';

/** The server refused something; 0: it could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

/** More pages than any patient has. */
const MOST_PAGES = 20;

/** Cobalt's FHIR API with a token. Searches are posted, so that no address names a patient's data. */
export class Api {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** @throws {ApiError} */
  async read<T extends FhirResource>(reference: string): Promise<T> {
    return (await this.#ask(`${this.#base}/${reference}`)) as T;
  }

  /** All that a search finds, matches and what they include. @throws {ApiError} */
  async search(type: string, criteria: Readonly<Record<string, string>>): Promise<FhirResource[]> {
    let page = (await this.#ask(`${this.#base}/${type}/_search`, new URLSearchParams(criteria))) as Bundle<FhirResource>;
    const found = entriesOf(page);
    for (let number = 1; number < MOST_PAGES; number += 1) {
      const next = page.link?.find(({ relation }) => relation === 'next')?.url;
      // A link to elsewhere is not followed: the token is for this server.
      if (next === undefined || !next.startsWith(`${this.#base}/`)) break;
      page = (await this.#ask(next)) as Bundle<FhirResource>;
      found.push(...entriesOf(page));
    }
    return found;
  }

  /** @throws {ApiError} */
  async operation(path: string, parameters: Parameters): Promise<Parameters> {
    return (await this.#ask(`${this.#base}/${path}`, JSON.stringify(parameters))) as Parameters;
  }

  /** What the health record's own references are called here; null: not there. @throws {ApiError} */
  async here(references: readonly string[]): Promise<readonly (string | null)[]> {
    return ((await this.#ask('/app/context', JSON.stringify({ references }), 'application/json')) as { references: (string | null)[] }).references;
  }

  async #ask(url: string, body?: string | URLSearchParams, type = body instanceof URLSearchParams ? undefined : 'application/fhir+json'): Promise<unknown> {
    const headers = { Accept: 'application/json', Authorization: `Bearer ${this.#token}`, ...(body === undefined || type === undefined ? {} : { 'Content-Type': type }) };
    const response = await fetch(url, { method: body === undefined ? 'GET' : 'POST', headers, ...(body === undefined ? {} : { body }), credentials: 'omit', redirect: 'error', cache: 'no-store' }).catch(() => undefined);
    if (!response?.ok) throw new ApiError(response?.status ?? 0);
    return response.json();
  }
}

const entriesOf = ({ entry = [] }: Bundle<FhirResource>): FhirResource[] => entry.flatMap(({ resource }) => (resource && resource.resourceType !== 'OperationOutcome' ? [resource] : []));
