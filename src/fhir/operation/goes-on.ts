import type { OperationDefinition } from 'fhir/r4.js';

const ASYNC = 'https://cobalt.example/fhir/StructureDefinition/operation-async';

/** Whether an operation may take so long that its client may have it go on after the request (`Prefer: respond-async`); of others that is passed over (RFC 7240 §2). */
export const mayGoOn = ({ extension = [] }: OperationDefinition): boolean => extension.some(({ url, valueBoolean }) => url === ASYNC && valueBoolean === true);
