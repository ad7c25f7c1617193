import type { Handler } from '../../src/fhir/operation/operation.js';

/** `$meta` (R4 §2.27.2.2): the meta of a resource as it stands. */
export const handle: Handler = async ({ target }) => ({ out: { return: target?.meta ?? {} } });
