import { DEFAULT_POLICY } from '../src/claims/disposition/write-off-class.js';
import { OperationRegistry, operationsIn } from '../src/fhir/operation/registry.js';
import type { Handler } from '../src/fhir/operation/operation.js';
import { outbound } from '../src/outbound/index.js';
import { inProject } from '../src/root.js';
import { MissedStock } from '../src/work/missed/stock.js';
import { ReviewStock } from '../src/work/review/stock.js';
import { channelsWith } from '../src/work/submission/channels.js';
import { handle as appeal } from './appeal/handler.js';
import { reviewWith, type ReviewParts } from './billing-review/handler.js';
import { handle as cobOrder } from './cob-order/handler.js';
import { handle as deadlines } from './deadlines/handler.js';
import { handle as deriveSecondary } from './derive-secondary/handler.js';
import { handle as downloadRemittance } from './downloadRemittance/handler.js';
import { handle as estimateBenefit } from './estimate-benefit/handler.js';
import { handle as everything } from './everything/handler.js';
import { withExactAmounts } from './exact-amounts.js';
import { handle as expand } from './expand/handler.js';
import { exportWith } from './export/handler.js';
import { handle as export1500 } from './export-1500/handler.js';
import { handle as export837 } from './export-837/handler.js';
import { importWith, type ImportParts } from './import/handler.js';
import { handle as import835 } from './import-835/handler.js';
import { handle as import837 } from './import-837/handler.js';
import { handle as interpretAdjudication } from './interpret-adjudication/handler.js';
import { handle as lookup } from './lookup/handler.js';
import { handle as match } from './match/handler.js';
import { handle as memberMatch } from './member-match/handler.js';
import { handle as metaAdd } from './meta-add/handler.js';
import { handle as metaDelete } from './meta-delete/handler.js';
import { handle as meta } from './meta/handler.js';
import { missedWith, type MissedParts } from './missed-secondary/handler.js';
import { handle as next } from './next/handler.js';
import { handle as preServiceCheck } from './pre-service-check/handler.js';
import { resolveWith, type ResolveParts } from './resolve-balance/handler.js';
import { handle as scrub } from './scrub/handler.js';
import { statementWith, type StatementParts } from './statement/handler.js';
import { statusWith, type StatusParts } from './status/handler.js';
import { handle as searchByClaim } from './searchByClaim/handler.js';
import { handle as searchByPatient } from './searchByPatient/handler.js';
import { handle as searchByPayment } from './searchByPayment/handler.js';
import { submitWith, type SubmitParts } from './submit/handler.js';
import { syncWith, type SyncParts } from './sync/handler.js';
import { handle as syncStatus } from './sync-status/handler.js';
import { handle as triageDenial } from './triage-denial/handler.js';
import { handle as validateCode } from './validate-code/handler.js';
import { handle as validate } from './validate/handler.js';

/** What operations work with beside their context. */
export type OperationParts = SubmitParts & MissedParts & ReviewParts & ResolveParts & StatementParts & SyncParts & ImportParts & StatusParts;

/** Calls no other machine, knows no checklists and keeps nothing: for those who only ask what operations there are. */
const WITHOUT: OperationParts = {
  outbound: outbound({ hosts: [], networks: [], loopback: false }), channels: channelsWith(undefined), checklists: { find: () => undefined, questionnaires: [] }, missed: new MissedStock(), review: new ReviewStock(new MissedStock()), writeOffPolicy: DEFAULT_POLICY, sync: () => undefined,
  journal: {} as never, jobs: {} as never, search: {} as never,
};

/** Every operation by its folder. A new one is named here, so that compiler and linter see its handler. */
const handlersWith = (parts: OperationParts): Readonly<Record<string, Handler>> => ({
  appeal,
  'billing-review': reviewWith(parts),
  'cob-order': cobOrder,
  deadlines,
  'derive-secondary': deriveSecondary,
  downloadRemittance,
  'estimate-benefit': estimateBenefit,
  everything,
  expand,
  export: exportWith(parts),
  'export-1500': export1500,
  'export-837': export837,
  import: importWith(parts),
  'import-835': import835,
  'import-837': import837,
  'interpret-adjudication': interpretAdjudication,
  lookup,
  match,
  'member-match': memberMatch,
  meta,
  'meta-add': metaAdd,
  'meta-delete': metaDelete,
  'missed-secondary': missedWith(parts),
  next,
  'pre-service-check': preServiceCheck,
  'resolve-balance': resolveWith(parts),
  scrub,
  statement: statementWith(parts),
  status: statusWith(parts),
  searchByClaim,
  searchByPatient,
  searchByPayment,
  submit: submitWith(parts),
  sync: syncWith(parts),
  'sync-status': syncStatus,
  'triage-denial': triageDenial,
  validate,
  'validate-code': validateCode,
});

/** Operations that judge a resource which may be invalid, and the parameter that carries it. */
const unchecked: Readonly<Record<string, string>> = { validate: 'resource' };

export const loadOperations = (parts: OperationParts = WITHOUT): OperationRegistry =>
  new OperationRegistry(Object.entries(handlersWith(parts)).flatMap(([name, handle]) => operationsIn(inProject('operations', name), withExactAmounts(handle), unchecked[name])));
