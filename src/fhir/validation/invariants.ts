import { isInOrder } from './dates.js';
import { isObject } from './rule.js';
import type { JsonObject, Rule } from './rule.js';

/** An invariant of FHIR R4: `id` is its key in the StructureDefinition, `on` the type or backbone that it constrains. */
interface Invariant {
  readonly id: string;
  readonly on: string;
  readonly holds: (element: JsonObject) => boolean;
  readonly text: string;
  readonly at?: string;
}

const UCUM = 'http://unitsofmeasure.org';
const has = (element: JsonObject, name: string): boolean => name in element || `_${name}` in element;
const list = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
const inOrder = (start: unknown, end: unknown): boolean => typeof start !== 'string' || typeof end !== 'string' || isInOrder(start, end);
const isUnit = (element: JsonObject, system: string): boolean => (has(element, 'code') || !has(element, 'value')) && (!has(element, 'system') || element.system === system);
const isCoded = (concept: unknown, ...codes: string[]): boolean => isObject(concept) && list(concept.coding).some(({ code }) => typeof code === 'string' && codes.includes(code));
const isOneOf = (value: unknown, ...allowed: string[]): boolean => typeof value === 'string' && allowed.includes(value);
const areDistinct = (values: readonly unknown[]): boolean => new Set(values).size === values.length;

/** Those of error severity on data types, on the resources of billing, and on what comes with them. */
export const INVARIANTS: readonly Invariant[] = [
  // Data types
  { id: 'ext-1', on: 'Extension', holds: (x) => has(x, 'extension') !== hasChoice(x, 'value'), text: 'must have either a value or extensions, not both' },
  { id: 'per-1', on: 'Period', holds: (x) => inOrder(x.start, x.end), text: 'must not end before it starts' },
  { id: 'qty-3', on: 'Quantity', holds: (x) => !has(x, 'code') || has(x, 'system'), text: 'must say the system of its code' },
  { id: 'age-1', on: 'Age', holds: (x) => isUnit(x, UCUM) && !(typeof x.value === 'number' && x.value <= 0), text: 'must be above zero with a code of UCUM' },
  { id: 'cnt-3', on: 'Count', holds: (x) => isUnit(x, UCUM) && (!has(x, 'code') || x.code === '1') && !(typeof x.value === 'number' && !Number.isInteger(x.value)), text: 'must be a whole number with the code "1" of UCUM' },
  { id: 'dis-1', on: 'Distance', holds: (x) => isUnit(x, UCUM), text: 'must have a code of UCUM' },
  { id: 'drt-1', on: 'Duration', holds: (x) => !has(x, 'code') || (x.system === UCUM && has(x, 'value')), text: 'must have a value and the system of UCUM with its code' },
  { id: 'rat-1', on: 'Ratio', holds: (x) => has(x, 'numerator') === has(x, 'denominator') && (has(x, 'numerator') || has(x, 'extension')), text: 'must have both numerator and denominator' },
  { id: 'rng-2', on: 'Range', holds: (x) => !(isObject(x.low) && isObject(x.high) && typeof x.low.value === 'number' && typeof x.high.value === 'number' && x.low.code === x.high.code && x.low.value > x.high.value), text: 'must not have a low above its high' },
  { id: 'cpt-2', on: 'ContactPoint', holds: (x) => !has(x, 'value') || has(x, 'system'), text: 'must say the system of its value (phone, email …)' },
  { id: 'att-1', on: 'Attachment', holds: (x) => !has(x, 'data') || has(x, 'contentType'), text: 'must say the contentType of its data' },
  { id: 'exp-1', on: 'Expression', holds: (x) => has(x, 'expression') || has(x, 'reference'), text: 'must have an expression or a reference' },
  { id: 'tim-1', on: 'Timing.repeat', holds: (x) => !has(x, 'duration') || has(x, 'durationUnit'), text: 'must say the durationUnit of its duration' },
  { id: 'tim-2', on: 'Timing.repeat', holds: (x) => !has(x, 'period') || has(x, 'periodUnit'), text: 'must say the periodUnit of its period' },
  { id: 'tim-4', on: 'Timing.repeat', holds: (x) => !(typeof x.duration === 'number' && x.duration < 0), text: 'must not have a negative duration', at: 'duration' },
  { id: 'tim-5', on: 'Timing.repeat', holds: (x) => !(typeof x.period === 'number' && x.period < 0), text: 'must not have a negative period', at: 'period' },
  { id: 'tim-6', on: 'Timing.repeat', holds: (x) => !has(x, 'periodMax') || has(x, 'period'), text: 'must have a period beside its periodMax' },
  { id: 'tim-7', on: 'Timing.repeat', holds: (x) => !has(x, 'durationMax') || has(x, 'duration'), text: 'must have a duration beside its durationMax' },
  { id: 'tim-8', on: 'Timing.repeat', holds: (x) => !has(x, 'countMax') || has(x, 'count'), text: 'must have a count beside its countMax' },
  // Billing
  { id: 'ces-1', on: 'CoverageEligibilityResponse.insurance.item', holds: (x) => has(x, 'category') !== has(x, 'productOrService'), text: 'must have either a category or a productOrService' },
  { id: 'ipn-1', on: 'InsurancePlan', holds: (x) => has(x, 'identifier') || has(x, 'name'), text: 'must have an identifier or a name' },
  { id: 'inv-1', on: 'Task', holds: (x) => inOrder(x.authoredOn, x.lastModified), text: 'must not be modified before it was authored', at: 'lastModified' },
  // Who
  { id: 'org-1', on: 'Organization', holds: (x) => has(x, 'identifier') || has(x, 'name'), text: 'must have an identifier or a name' },
  { id: 'org-2', on: 'Organization', holds: (x) => !list(x.address).some(({ use }) => use === 'home'), text: 'must not have an address of use home', at: 'address' },
  { id: 'org-3', on: 'Organization', holds: (x) => !list(x.telecom).some(({ use }) => use === 'home'), text: 'must not have a telecom of use home', at: 'telecom' },
  { id: 'pat-1', on: 'Patient.contact', holds: (x) => ['name', 'telecom', 'address', 'organization'].some((name) => has(x, name)), text: 'must have a name, telecom, address or organization' },
  { id: 'grp-1', on: 'Group', holds: (x) => !has(x, 'member') || x.actual === true, text: 'must be actual when it has members' },
  // Exchange
  { id: 'bdl-1', on: 'Bundle', holds: (x) => !has(x, 'total') || isOneOf(x.type, 'searchset', 'history'), text: 'must have a total only as a searchset or history', at: 'total' },
  { id: 'bdl-2', on: 'Bundle', holds: (x) => x.type === 'searchset' || !list(x.entry).some((entry) => has(entry, 'search')), text: 'must have entry.search only as a searchset', at: 'entry' },
  { id: 'bdl-3', on: 'Bundle', holds: (x) => list(x.entry).every((entry) => has(entry, 'request') === isOneOf(x.type, 'batch', 'transaction', 'history')), text: 'must have a request in every entry of a batch, transaction or history, and in no entry of another type', at: 'entry' },
  { id: 'bdl-4', on: 'Bundle', holds: (x) => list(x.entry).every((entry) => has(entry, 'response') === isOneOf(x.type, 'batch-response', 'transaction-response', 'history')), text: 'must have a response in every entry of a batch-response, transaction-response or history, and in no entry of another type', at: 'entry' },
  { id: 'bdl-5', on: 'Bundle.entry', holds: (x) => has(x, 'resource') || has(x, 'request') || has(x, 'response'), text: 'must have a resource, a request or a response' },
  { id: 'bdl-7', on: 'Bundle', holds: (x) => x.type === 'history' || areDistinct(list(x.entry).flatMap(versionedUrl)), text: 'must have each fullUrl once', at: 'entry' },
  { id: 'bdl-8', on: 'Bundle.entry', holds: (x) => typeof x.fullUrl !== 'string' || !x.fullUrl.includes('/_history/'), text: 'must have a fullUrl without a version', at: 'fullUrl' },
  { id: 'bdl-9', on: 'Bundle', holds: (x) => x.type !== 'document' || (isObject(x.identifier) && has(x.identifier, 'system') && has(x.identifier, 'value')), text: 'must have an identifier with system and value as a document' },
  { id: 'bdl-10', on: 'Bundle', holds: (x) => x.type !== 'document' || has(x, 'timestamp'), text: 'must have a timestamp as a document' },
  { id: 'bdl-11', on: 'Bundle', holds: (x) => x.type !== 'document' || firstType(x) === 'Composition', text: 'must begin with a Composition as a document' },
  { id: 'bdl-12', on: 'Bundle', holds: (x) => x.type !== 'message' || firstType(x) === 'MessageHeader', text: 'must begin with a MessageHeader as a message' },
  { id: 'inv-1', on: 'Parameters.parameter', holds: (x) => Number(has(x, 'part')) + Number(hasChoice(x, 'value')) + Number(has(x, 'resource')) === 1, text: 'must have exactly one of value, resource and part' },
  { id: 'opd-1', on: 'OperationDefinition.parameter', holds: (x) => has(x, 'type') || has(x, 'part'), text: 'must have a type or parts' },
  // Clinical
  { id: 'obs-6', on: 'Observation', holds: (x) => !has(x, 'dataAbsentReason') || !hasChoice(x, 'value'), text: 'must have a dataAbsentReason only without a value', at: 'dataAbsentReason' },
  { id: 'obs-3', on: 'Observation.referenceRange', holds: (x) => has(x, 'low') || has(x, 'high') || has(x, 'text'), text: 'must have a low, a high or a text' },
  { id: 'con-1', on: 'Condition.stage', holds: (x) => has(x, 'summary') || has(x, 'assessment'), text: 'must have a summary or an assessment' },
  { id: 'con-2', on: 'Condition.evidence', holds: (x) => has(x, 'code') || has(x, 'detail'), text: 'must have a code or a detail' },
  { id: 'con-4', on: 'Condition', holds: (x) => !hasChoice(x, 'abatement') || isCoded(x.clinicalStatus, 'resolved', 'remission', 'inactive'), text: 'must be resolved, inactive or in remission when it has abated', at: 'clinicalStatus' },
  { id: 'con-5', on: 'Condition', holds: (x) => !isCoded(x.verificationStatus, 'entered-in-error') || !has(x, 'clinicalStatus'), text: 'must not have a clinicalStatus when it was entered in error', at: 'clinicalStatus' },
  { id: 'ait-1', on: 'AllergyIntolerance', holds: (x) => isCoded(x.verificationStatus, 'entered-in-error') || has(x, 'clinicalStatus'), text: 'must have a clinicalStatus unless it was entered in error' },
  { id: 'ait-2', on: 'AllergyIntolerance', holds: (x) => !isCoded(x.verificationStatus, 'entered-in-error') || !has(x, 'clinicalStatus'), text: 'must not have a clinicalStatus when it was entered in error', at: 'clinicalStatus' },
  { id: 'app-1', on: 'Appointment.participant', holds: (x) => has(x, 'type') || has(x, 'actor'), text: 'must have a type or an actor' },
  { id: 'app-2', on: 'Appointment', holds: (x) => has(x, 'start') === has(x, 'end'), text: 'must have both start and end or neither' },
  { id: 'app-3', on: 'Appointment', holds: (x) => (has(x, 'start') && has(x, 'end')) || isOneOf(x.status, 'proposed', 'cancelled', 'waitlist'), text: 'must have start and end unless it is proposed, cancelled or on the waitlist' },
  { id: 'prr-1', on: 'ServiceRequest', holds: (x) => !has(x, 'orderDetail') || has(x, 'code'), text: 'must have a code beside its orderDetail' },
  { id: 'imm-1', on: 'Immunization.education', holds: (x) => has(x, 'documentType') || has(x, 'reference'), text: 'must have a documentType or a reference' },
  { id: 'ppc-1', on: 'Consent', holds: (x) => has(x, 'policy') || has(x, 'policyRule'), text: 'must have a policy or a policyRule' },
  { id: 'cmp-1', on: 'Composition.section', holds: (x) => has(x, 'text') || has(x, 'entry') || has(x, 'section'), text: 'must have a text, entries or sections' },
  { id: 'lst-1', on: 'List', holds: (x) => !has(x, 'emptyReason') || !has(x, 'entry'), text: 'must have an emptyReason only without entries', at: 'emptyReason' },
];

/** The rules of a type or backbone. */
export function invariantsOf(node: string): Rule[] {
  return INVARIANTS.filter(({ on }) => on === node).map(({ id, holds, text, at }) => ({
    id,
    code: 'invariant',
    holds: (value) => !isObject(value) || holds(value),
    text,
    ...(at ? { at } : {}),
  }));
}

/** Whether a choice element (`value[x]`) is there, of whatever type. */
function hasChoice(element: JsonObject, name: string): boolean {
  for (const key in element) if (key.startsWith(name, key.startsWith('_') ? 1 : 0)) return true;
  return false;
}

function versionedUrl({ fullUrl, resource }: JsonObject): string[] {
  if (typeof fullUrl !== 'string') return [];
  const meta = isObject(resource) && isObject(resource.meta) ? resource.meta : {};
  return [`${fullUrl} ${String(meta.versionId)}`];
}

function firstType(bundle: JsonObject): unknown {
  const resource = list(bundle.entry)[0]?.resource;
  return isObject(resource) ? resource.resourceType : undefined;
}
