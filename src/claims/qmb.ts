import type { Adjustment } from './model.js';

const REMARKS: ReadonlySet<string> = new Set(['N781', 'N782', 'N783']);
const REASONS: ReadonlySet<string> = new Set(['209', '303']);

/** Whether a payer's codes say that the patient is a Qualified Medicare Beneficiary, who may never be billed for cost share (42 USC 1396a(n)(3)). */
export const marksQmb = ({ remarks, adjustments }: { readonly remarks: readonly string[]; readonly adjustments: readonly Adjustment[] }): boolean =>
  remarks.some((remark) => REMARKS.has(remark)) || adjustments.some(({ reason }) => REASONS.has(reason));
