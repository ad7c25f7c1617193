import type { Caller } from '../../fhir/access/caller.js';
import { insufficientScope, type Need } from '../../fhir/access/refusal.js';

/**
 * Bulk data is for clients that act for themselves (Bulk Data Access 2.0, "Security Considerations"; SMART Backend Services):
 * of what a token allows, its `system/` scopes count and no others. Undefined where nobody is asked for a token.
 */
export const asClient = (caller: Caller | undefined): Caller | undefined => caller && { ...caller, scopes: caller.scopes.filter(({ context }) => context === 'system') };

/** 403 with the `system/` scopes that would do. */
export const needsSystem = (caller: Caller, needs: readonly Need[]): Error => insufficientScope(caller, needs, undefined, 'system');
