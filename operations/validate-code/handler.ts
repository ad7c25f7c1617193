import type { CodeableConcept, CodeSystem, Coding, FhirResource } from 'fhir/r4.js';
import type { Handler, Inputs, OperationCall, OperationContext } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import { checkCoding, checkConcept, conceptOf, conceptsOf, type CheckOptions, type CodeCheck, type Concept } from '../../src/fhir/terminology/index.js';
import { mustExpand, soughtCodeSystem, soughtValueSet, withVersion } from '../expand/sought.js';

/** `$validate-code` (R4 §4.9.18.2, §4.8.18.3): whether a code is in a value set or a code system. */
export const handle: Handler = async (call, context) => {
  const asked = askedCode(call);
  const { concepts, where } = call.type === 'ValueSet' ? await inValueSet(call, context) : await inCodeSystem(call, asked, context);
  const { result, message, display } = checked(asked, concepts, { abstract: call.in.boolean('abstract'), where });
  return { out: { result, message, display } };
};

/** What is looked for, and where. */
interface Codes {
  readonly concepts: readonly Concept[];
  /** As a message names it. */
  readonly where: string;
}

/** The code as it was sent, in one of three ways. */
type AskedCode = { readonly coding: Coding } | { readonly codeableConcept: CodeableConcept };

const checked = (asked: AskedCode, concepts: readonly Concept[], options: CheckOptions): CodeCheck =>
  'coding' in asked ? checkCoding(asked.coding, concepts, options) : checkConcept(asked.codeableConcept, concepts, options);

/** @throws {FhirError} 400 unless exactly one of `code`, `coding` and `codeableConcept` is there. */
function askedCode({ type, in: inputs }: OperationCall): AskedCode {
  const given = ['code', 'coding', 'codeableConcept'].filter((name) => inputs.has(name));
  if (given.length === 0) throw errors.required('A code is needed: send code, coding or codeableConcept');
  if (given.length > 1) throw errors.invalid(`Send one of ${given.join(' and ')}, not both`, inputs.one(given[1] ?? '')?.expression);
  if (inputs.has('codeableConcept')) return { codeableConcept: inputs.one('codeableConcept')?.value as CodeableConcept };
  if (inputs.has('coding')) return { coding: inputs.one('coding')?.value as Coding };
  const system = type === 'ValueSet' ? inputs.string('system') : undefined;
  const [code, display] = [inputs.string('code'), inputs.string('display')];
  return { coding: { ...(system ? { system } : {}), ...(code ? { code } : {}), ...(display ? { display } : {}) } };
}

async function inValueSet(call: OperationCall, context: OperationContext): Promise<Codes> {
  const sought = await soughtValueSet(call, context);
  return { concepts: mustExpand(sought), where: named('the value set', sought.valueSet) };
}

async function inCodeSystem(call: OperationCall, asked: AskedCode, context: OperationContext): Promise<Codes> {
  const system = await codeSystem(call, asked, context);
  const concepts = [...conceptsOf(system).values()].map(({ concept }) => conceptOf(system.url ?? '', system.version, concept));
  return { concepts, where: named(system.content === 'complete' ? 'the code system' : 'the part that this server has of the code system', system) };
}

/** In the URL, inline, by `url`, or by the system of the coding. @throws {FhirError} 400 when none is named, 404 when there is none. */
async function codeSystem({ level, target, in: inputs }: OperationCall, asked: AskedCode, context: OperationContext): Promise<CodeSystem> {
  const given = level === 'instance' ? (target as CodeSystem) : inputs.resource<CodeSystem>('codeSystem');
  if (given) return given;
  const [name, system] = namedSystem(inputs, asked);
  if (system === undefined) throw errors.required('Name the code system by the parameter url, or send it as codeSystem');
  return soughtCodeSystem(withVersion(system, inputs.string('version')), inputs.one(name)?.expression, context);
}

function namedSystem(inputs: Inputs, asked: AskedCode): [name: string, system: string | undefined] {
  if (inputs.has('url')) return ['url', inputs.string('url')];
  return 'coding' in asked ? ['coding', asked.coding.system] : ['codeableConcept', asked.codeableConcept.coding?.[0]?.system];
}

const named = (what: string, { url }: FhirResource & { url?: string }): string => (url ? `${what} ${url}` : `this ${what.replace('the ', '')}`);
