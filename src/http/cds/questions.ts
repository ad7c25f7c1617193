import type { Bundle, Coverage, FhirResource, Organization, Parameters, ParametersParameter } from 'fhir/r4.js';
import { FhirError } from '../../fhir/outcome.js';
import type { Evidence } from './evidence.js';
import type { HookCall, Placed } from './hook-call.js';
import type { InternalApi } from './internal-api.js';

/** What is to be asked before the order of a patient's payers is known. */
export interface Unsettled {
  /** How many active coverages take part. */
  readonly coverages: number;
  readonly questions: readonly { readonly payer: string; readonly question: string; readonly rule: string }[];
}

/** Makes the references of a resource of another server ours, in place; `inline`: `Type/id` there → what came with it. */
export type Rehome = (resource: FhirResource, base: string, inline: ReadonlyMap<string, string>) => Promise<void>;

/** `$cob-order` of the evidence; undefined: the order is settled, or there is nothing to order. @throws {FhirError} 400 with the place in the request */
export async function questionsOf(evidence: Evidence, call: HookCall, api: InternalApi, rehome: Rehome): Promise<Unsettled | undefined> {
  const date: ParametersParameter[] = call.date === undefined ? [] : [{ name: 'date', valueDate: call.date }];
  if ('stored' in evidence) {
    const answer = await api.ask<Parameters>('POST', [...evidence.stored.split('/'), '$cob-order'], { body: { resourceType: 'Parameters', ...(date.length > 0 ? { parameter: date } : {}) } });
    const covers = await api.ask<Bundle<FhirResource>>('GET', ['Coverage'], { query: [['beneficiary', evidence.stored], ['status', 'active'], ['_include', 'Coverage:payor'], ['_count', '100']] });
    return unsettled(answer, (covers.entry ?? []).flatMap(({ resource }) => resource ?? []));
  }
  if (evidence.coverages.length < 2) return undefined;
  const { coverages, people } = await ours(evidence, call, rehome);
  const parameter = [...date, ...coverages.map(({ resource }) => ({ name: 'coverage', resource })), ...people.map(({ resource }) => ({ name: 'resource', resource }))];
  const origins = [...date.map(() => 'context.appointments'), ...coverages.map(({ expression }) => expression), ...people.map(({ expression }) => expression)];
  const answer = await api.ask<Parameters>('POST', ['Coverage', '$cob-order'], { body: { resourceType: 'Parameters', parameter } }).catch((error: unknown) => {
    throw error instanceof FhirError && error.status < 500 ? inRequest(error, origins) : error;
  });
  return unsettled(answer, [...coverages, ...people].map(({ resource }) => resource));
}

/** Under ids that are nobody's here, so that nothing of another server is taken for something of ours. */
async function ours({ coverages, people }: Exclude<Evidence, { readonly stored: string }>, { fhirServer, hookInstance }: HookCall, rehome: Rehome): Promise<Exclude<Evidence, { readonly stored: string }>> {
  const all = [...coverages, ...people];
  const nameOf = ({ resource: { resourceType, id = '' } }: Placed): string => `${resourceType}/${id}`;
  const inline = new Map(all.map((placed, index) => [nameOf(placed), `${placed.resource.resourceType}/${hookInstance}-${index}`]));
  const renamed = async (placed: Placed): Promise<Placed> => {
    const resource = structuredClone(placed.resource);
    await rehome(resource, fhirServer ?? `urn:uuid:${hookInstance}`, inline);
    resource.id = inline.get(nameOf(placed))?.split('/')[1] ?? '';
    return { ...placed, resource };
  };
  return { coverages: await Promise.all(coverages.map(renamed)), people: await Promise.all(people.map(renamed)) };
}

/** What `$cob-order` refuses of its parameters, at its place in the request of the hook. */
const inRequest = (error: FhirError, origins: readonly string[]): FhirError =>
  new FhirError(400, error.issues.map((issue) => ({ ...issue, expression: (issue.expression ?? 'prefetch').replace(/^Parameters\.parameter\[(\d+)\](?:\.resource|\.value)?/, (_whole, index: string) => origins[Number(index)] ?? 'prefetch') })));

function unsettled({ parameter = [] }: Parameters, known: readonly FhirResource[]): Unsettled | undefined {
  const out = new Set(rows(parameter, 'excluded').map((row) => row['coverage']));
  const active = known.filter((resource): resource is Coverage => resource.resourceType === 'Coverage' && resource.status === 'active' && !out.has(`Coverage/${resource.id ?? ''}`));
  const missing = rows(parameter, 'missing');
  if (active.length < 2 || missing.length === 0) return undefined;
  const payers = new Map(known.filter((resource): resource is Organization => resource.resourceType === 'Organization').map(({ id, name }) => [`Organization/${id ?? ''}`, name]));
  const payerOf = (reference: string | undefined): string => {
    const { payor: [payor] = [], class: [plan] = [] } = active.find(({ id }) => `Coverage/${id ?? ''}` === reference) ?? {};
    return payers.get(payor?.reference ?? '') ?? payor?.display ?? plan?.name ?? 'a payer without a name';
  };
  return { coverages: active.length, questions: missing.map(({ coverage, question = '', rule = '' }) => ({ payer: payerOf(coverage), question, rule })) };
}

const rows = (parameter: readonly ParametersParameter[], name: string): Readonly<Partial<Record<string, string>>>[] =>
  parameter.filter((each) => each.name === name).map(({ part = [] }) => Object.fromEntries(part.map(({ name: of, valueReference, valueString, valueCode }) => [of, valueReference?.reference ?? valueString ?? valueCode ?? ''])));
