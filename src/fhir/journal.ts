import type { Store } from '../store/store.js';

/**
 * What stands behind the resources, for those who follow what happens to them (subscriptions, bulk data): versions in the
 * order in which they were made, and small facts that outlive a start. Nothing here asks who may see what.
 */
export type Journal = Pick<Store, 'read' | 'readVersion' | 'log' | 'logEnd' | 'getFact' | 'initFact' | 'swapFact' | 'facts' | 'settlingMs'>;

export type { ChangeResult, Cursor, PlacedVersion, Stored } from '../store/store.js';

/** The text of a version. */
export const textOf = ({ body }: { readonly body: Uint8Array }): string => Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
