import type { FhirResource } from 'fhir/r4.js';
import type { Handler, OperationCall, OperationContext } from '../../src/fhir/operation/operation.js';
import { errors, FhirError, toOutcome, type Issue } from '../../src/fhir/outcome.js';
import { findingsOf } from './findings.js';

/** `$validate` (R4 §2.27.2.1): what there is to say about a resource, before anything is done with it. */
export const handle: Handler = async (call, context) => {
  const mode = call.in.string('mode');
  const resource = mode === 'delete' ? undefined : subject(call);
  const issues = resource ? [...modeIssues(resource, call), ...(await findingsOf({ resource, type: call.type ?? resource.resourceType, profile: profileOf(call, context) }, context))] : deletion(call);
  return { resource: toOutcome(issues.length > 0 ? issues : [ALL_OK]) };
};

const ALL_OK: Issue = { severity: 'information', code: 'informational', text: 'All OK' };

/** @throws {FhirError} 400 when there is nothing to validate. */
function subject({ in: inputs, target }: OperationCall): FhirResource {
  const resource = inputs.resource('resource') ?? target;
  if (!resource) throw errors.required('The parameter resource is needed: the resource to validate', 'Parameters');
  return resource;
}

/** @throws {FhirError} 422 for a profile that is not held: R4 wants an error, since what was asked can't be told; 400 when `mode` asks for one and none is named. */
function profileOf({ in: inputs, type }: OperationCall, { profiles }: OperationContext): string | undefined {
  const profile = inputs.string('profile');
  if (profile === undefined && inputs.string('mode') === 'profile') throw errors.required('The mode profile needs the parameter profile', 'Parameters');
  if (profile === undefined || profiles.isKnown(profile)) return profile;
  const known = type ? profiles.urlsOf(type) : [];
  const text = `This server does not hold the profile${known.length > 0 ? `; of this type it holds ${known.join(', ')}` : ', nor any other of this type'}`;
  const expression = inputs.one('profile')?.expression;
  throw new FhirError(422, { severity: 'error', code: 'not-supported', text, ...(expression ? { expression } : {}), id: 'profile-unknown' });
}

/** An update is of a resource with an id, the one in the URL. */
function modeIssues(resource: FhirResource, { in: inputs, target }: OperationCall): Issue[] {
  if (inputs.string('mode') !== 'update') return [];
  const at = resource.resourceType;
  if (!resource.id) return [{ severity: 'error', code: 'required', text: 'An update needs the id of the resource. Add it.', expression: at, id: 'update-id' }];
  if (target && resource.id !== target.id) return [{ severity: 'error', code: 'value', text: 'The id is not that of the resource in the URL. Correct it.', expression: `${at}.id`, id: 'update-id' }];
  return [];
}

/** Nothing here stops the deletion of a resource that exists. @throws {FhirError} 400 where none is named. */
function deletion({ target }: OperationCall): Issue[] {
  if (!target) throw errors.invalid('The mode delete is asked on the resource to be deleted: [type]/[id]/$validate', 'Parameters');
  return [];
}
