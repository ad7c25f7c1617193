export { openApiDocument } from './document.js';
export type { OpenApiParts } from './document.js';
export type { Method, OpenApiDocument, PathItem, PathMethod } from './types.js';
