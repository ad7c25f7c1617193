import type { Page, Statement } from '../statement.js';
import { bundles } from './http/bundles.js';
import { conditional } from './http/conditional.js';
import { general } from './http/general.js';
import { reading } from './http/reading.js';
import { transactions } from './http/transaction.js';
import { writing } from './http/writing.js';

const sections = {
  general: '3.1.0.1 General considerations',
  styleguide: '3.1.0.1.1 Style guide',
  root: '3.1.0.1.2 Service base URL',
  versioning: '3.1.0.1.3 Resource metadata and versioning',
  '3.1.0.1.4': '3.1.0.1.4 Security',
  'Status-Codes': '3.1.0.1.5 HTTP status codes',
  return: '3.1.0.1.6 Managing return content',
  cread: '3.1.0.1.7 Conditional read',
  ops: '3.1.0.1.8 create/update/patch/transaction',
  prefer: '3.1.0.1.8 create/update/patch/transaction, Prefer',
  'mime-type': '3.1.0.1.9 Content types and encodings',
  'version-parameter': '3.1.0.1.10 FHIR version parameter',
  parameters: '3.1.0.1.11 General parameters',
  versions: '3.1.0.1.12 Support for versions',
  read: '3.1.0.2 read',
  vread: '3.1.0.3 vread',
  update: '3.1.0.4 update',
  upsert: '3.1.0.4.1 Update as create',
  'rejecting-updates': '3.1.0.4.2 Rejecting updates',
  'cond-update': '3.1.0.4.3 Conditional update',
  concurrency: '3.1.0.5 Managing resource contention',
  patch: '3.1.0.6 patch',
  delete: '3.1.0.7 delete',
  '3.1.0.7.1': '3.1.0.7.1 Conditional delete',
  create: '3.1.0.8 create',
  ccreate: '3.1.0.8.1 Conditional create',
  search: '3.1.0.9 search',
  vsearch: '3.1.0.9.1 Variant searches',
  capabilities: '3.1.0.10 capabilities',
  transaction: '3.1.0.11 batch/transaction',
  brules: '3.1.0.11.1 Batch processing rules',
  trules: '3.1.0.11.2 Transaction processing rules',
  'transaction-response': '3.1.0.11.3 Batch/transaction response',
  'other-bundles': '3.1.0.11.4 Accepting other Bundle types',
  history: '3.1.0.12 history',
  'transactional-integrity': '3.1.0.13 Transactional integrity',
  'conformance-rules': '3.1.0.13.1 Conformance',
  paging: '3.1.0.14 Paging',
  head: '3.1.0.15 Support for HEAD',
  custom: '3.1.0.16 Custom headers',
  summary: '3.1.0.17 Summary',
} as const;

export type HttpStatement = Statement<keyof typeof sections>;

export const http: Page<keyof typeof sections> = {
  title: 'RESTful API',
  url: 'http://hl7.org/fhir/R4/http.html',
  sections,
  withoutStatements: ['styleguide', 'summary'],
  statements: [...general, ...reading, ...writing, ...conditional, ...bundles, ...transactions],
};
