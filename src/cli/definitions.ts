import { readConfig } from '../config.js';
import { Conformance } from '../fhir/conformance.js';
import { createSearch, type Search } from '../fhir/search/index.js';
import { inProject } from '../root.js';

/** Search by the same definitions as the server that wrote the store. @throws {ConfigError} */
export async function searchAsServed(): Promise<Search> {
  const { baseUrl, host, port } = readConfig(process.env);
  const conformance = Conformance.read(inProject('profiles'));
  return createSearch({ baseUrl: baseUrl ?? `http://${host}:${port}/fhir`, extraParameters: conformance.ofType('SearchParameter') });
}
