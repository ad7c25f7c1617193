import type { Condition } from '../../store/store.js';
import { header, type Call, type Fhir } from './interaction.js';
import { parseQuery, searchParameters } from './target.js';

/** The condition of a conditional update or delete: the query of its URL. @throws {FhirError} 400 */
export const conditionOfUrl = ({ request, type }: Call, { search }: Fhir): Condition => search.conditionFor(type, searchParameters(request.query));

/** The condition in `If-None-Exist`; undefined without the header. @throws {FhirError} 400 */
export function ifNoneExist({ request, type }: Call, { search }: Fhir): Condition | undefined {
  const text = header(request, 'if-none-exist');
  if (text === undefined) return undefined;
  return search.conditionFor(type, parseQuery(text.replace(/^[^=&]*\?/, '')));
}
