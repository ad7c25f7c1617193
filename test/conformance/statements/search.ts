import type { Page, Statement } from '../statement.js';
import { combined } from './search/combined.js';
import { general } from './search/general.js';
import { references } from './search/references.js';
import { results } from './search/results.js';
import { tokens } from './search/tokens.js';
import { values } from './search/values.js';

const sections = {
  Summary: '3.1.1.1 Summary table',
  Introduction: '3.1.1.2 Introduction',
  errors: '3.1.1.3 Handling errors',
  id: '3.1.1.4.1 Parameters for all resources, _id',
  lastUpdated: '3.1.1.4.1 Parameters for all resources, _lastUpdated',
  tag: '3.1.1.4.1 Parameters for all resources, _tag, _profile, _security',
  parameters: '3.1.1.4.2 Parameters for each resource',
  ptypes: '3.1.1.4.3 Search parameter types',
  modifiers: '3.1.1.4.4 Modifiers',
  prefix: '3.1.1.4.5 Prefixes',
  number: '3.1.1.4.6 number',
  date: '3.1.1.4.7 date',
  string: '3.1.1.4.8 string',
  uri: '3.1.1.4.9 uri',
  token: '3.1.1.4.10 token',
  mimetype: '3.1.1.4.10.1 Searching MIME types',
  quantity: '3.1.1.4.11 quantity',
  reference: '3.1.1.4.12 reference',
  versions: '3.1.1.4.13 References and versions',
  recursive: '3.1.1.4.14 Searching hierarchies',
  chaining: '3.1.1.4.15 Chained parameters',
  has: '3.1.1.4.16 Reverse chaining',
  composite: '3.1.1.4.17 Composite search parameters',
  missing: '3.1.1.4.18 Handling missing data',
  escaping: '3.1.1.4.19 Escaping search parameters',
  text: '3.1.1.4.20 Text search parameters',
  special: '3.1.1.4.21 Special parameters',
  list: '3.1.1.4.22 Searching by list',
  filter: '3.1.1.4.23 Advanced filtering',
  _type: '3.1.1.4.24 Specifying the type of resource',
  sort: '3.1.1.5.1 Sorting',
  total: '3.1.1.5.2 Total number of matching resources',
  count: '3.1.1.5.3 Page count',
  include: '3.1.1.5.4 Including other resources in result',
  contained: '3.1.1.5.5 Contained resources',
  external: '3.1.1.5.6 External references',
  Paging: '3.1.1.5.7 Paging',
  summary: '3.1.1.5.8 Summary',
  elements: '3.1.1.5.9 Elements',
  score: '3.1.1.5.10 Relevance',
  conformance: '3.1.1.6 Server conformance',
  query: '3.1.1.7 Advanced search',
  currency: '3.1.1.8 Search result currency',
  table: '3.1.1.9 Summary tables',
} as const;

export type SearchStatement = Statement<keyof typeof sections>;

export const search: Page<keyof typeof sections> = {
  title: 'Search',
  url: 'http://hl7.org/fhir/R4/search.html',
  sections,
  withoutStatements: ['Summary', 'ptypes', 'table'],
  statements: [...general, ...values, ...tokens, ...references, ...combined, ...results],
};
