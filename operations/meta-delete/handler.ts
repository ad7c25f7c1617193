import type { Handler } from '../../src/fhir/operation/operation.js';
import { relabelled, withoutLabels } from '../meta/labels.js';

/** `$meta-delete` (R4 §2.27.2): takes profiles, tags and security labels from a resource. */
export const handle: Handler = async (call, context) => ({ out: { return: await relabelled(call, context, withoutLabels) } });
