import type { Handler } from '../../src/fhir/operation/operation.js';
import { relabelled, withLabels } from '../meta/labels.js';

/** `$meta-add` (R4 §2.27.2): adds profiles, tags and security labels to a resource. */
export const handle: Handler = async (call, context) => ({ out: { return: await relabelled(call, context, withLabels) } });
