/**
 * Types that stand apart from the record: the whole system (`GET [base]`, `GET [base]/_history`, a compartment's `*`,
 * `$everything`) is all but these, unless `_type` names them. Every look at it would be one more of them.
 */
export const APART: readonly string[] = ['AuditEvent'];

/** Of types, those that make up the record. */
export const ofTheRecord = (types: readonly string[]): readonly string[] => types.filter((type) => !APART.includes(type));
