import type { Extension, FhirResource, Subscription } from 'fhir/r4.js';
import { textOf, type PlacedVersion, type Stored } from '../../fhir/journal.js';
import { parseQuery } from '../../fhir/interactions/target.js';
import { FhirError, type Issue } from '../../fhir/outcome.js';
import { changedAt, isAboutOne } from '../../fhir/search/about-one.js';
import { matches } from '../../fhir/search/matches.js';
import type { Search } from '../../fhir/search/index.js';
import { TOPICS, type Topic } from './topics.js';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';
const FILTER = `${BACKPORT}/backport-filter-criteria`;
const CONTENT = `${BACKPORT}/backport-payload-content`;
const HEARTBEAT = `${BACKPORT}/backport-heartbeat-period`;
const TIMEOUT = `${BACKPORT}/backport-timeout`;
const MAX_COUNT = `${BACKPORT}/backport-max-count`;

/** How much of what happened is told (backport-payload-content). */
export type Content = (typeof CONTENTS)[number];
const CONTENTS = ['empty', 'id-only', 'full-resource'] as const;

const JSON_TYPES: readonly string[] = ['application/fhir+json', 'application/json'];
/** Longer than this nobody is waited for. */
const MAX_TIMEOUT_S = 60;
const MAX_EVENTS = 100;

/** What a Subscription asks for, read once. */
export interface Asked {
  /** Undefined: it has criteria of R4, and no topic. */
  readonly topic: Topic | undefined;
  readonly types: readonly string[];
  /** Whether what a version says is to be told; `before`: the version before it, which a topic may compare with. */
  isTold(version: PlacedVersion, before: () => Promise<Stored | undefined>): Promise<boolean>;
  readonly endpoint: string;
  readonly content: Content;
  /** Seconds after which, when nothing happens, a heartbeat is sent; undefined: never. */
  readonly heartbeatS: number | undefined;
  /** Seconds that the endpoint has to answer; undefined: as long as any other machine. */
  readonly timeoutS: number | undefined;
  /** Events in one notification, at most. */
  readonly maxCount: number;
}

/** @throws {FhirError} 422 with every reason why it cannot be served, each with its element. */
export function readSubscription(subscription: Subscription, search: Search): Asked {
  const issues: Issue[] = [];
  const report = (expression: string, text: string, id: string): undefined => void issues.push({ severity: 'error', code: 'business-rule', id, expression: `Subscription.${expression}`, text });
  const { criteria, _criteria, channel } = subscription;
  const topic = TOPICS.find(({ url }) => url === criteria);
  if (/^[a-z][a-z0-9+.-]*:/i.test(criteria) && !topic) report('criteria', `There is no such topic; known are ${TOPICS.map(({ url }) => url).join(', ')}`, 'subscription-criteria');
  const own = topic || issues.length > 0 ? undefined : readCriteria(criteria, search, (text) => report('criteria', text, 'subscription-criteria'));
  const filters = (_criteria?.extension ?? []).flatMap(({ url, valueString = '' }, i) => (url === FILTER && topic ? (readFilter(valueString, topic, search, (text) => report(`criteria.extension[${i}].value`, text, 'subscription-criteria')) ?? []) : []));

  if (channel.type !== 'rest-hook') report('channel.type', 'Notifications go out by rest-hook only', 'subscription-channel');
  if (!channel.endpoint) report('channel', 'A rest-hook needs the endpoint that is called', 'subscription-endpoint');
  if (channel.payload !== undefined && !JSON_TYPES.includes(channel.payload)) report('channel.payload', 'Notifications are written as application/fhir+json', 'subscription-payload');
  const content = contentOf(channel._payload?.extension, topic, channel.payload !== undefined);
  if (content === undefined) report('channel.payload', `The content of notifications is one of: ${CONTENTS.join(', ')}`, 'subscription-payload');
  if (topic && channel.payload === undefined) report('channel', 'A subscription to a topic says in which format it is notified: application/fhir+json', 'subscription-payload');
  const number = (url: string, most: number): number | undefined => {
    const at = (channel.extension ?? []).findIndex((each) => each.url === url);
    const extension = channel.extension?.[at];
    const value = extension?.valueUnsignedInt ?? extension?.valuePositiveInt;
    if (extension && (value === undefined || value < 1)) report(`channel.extension[${at}]`, 'This is a whole number from 1', 'subscription-channel');
    return value === undefined ? undefined : Math.min(value, most);
  };
  const heartbeatS = number(HEARTBEAT, Number.MAX_SAFE_INTEGER);
  const timeoutS = number(TIMEOUT, MAX_TIMEOUT_S);
  const maxCount = number(MAX_COUNT, MAX_EVENTS) ?? 1;
  if (issues.length > 0) throw new FhirError(422, issues);

  const types = topic?.types ?? (own ? [own.type] : []);
  const conditions = own ? [own] : filters;
  return {
    topic, types, endpoint: channel.endpoint ?? '', content: content ?? 'empty', heartbeatS: topic && heartbeatS, timeoutS, maxCount: topic ? maxCount : 1,
    async isTold(version, before) {
      if (version.deleted) return false;
      const after = JSON.parse(textOf(version)) as FhirResource;
      const found = { type: version.type, id: version.id, entries: [...search.extract(after), changedAt(version.lastUpdated)] };
      if (!conditions.every(({ type, where }) => type !== version.type || matches(where, found))) return false;
      if (!topic) return true;
      const previous = version.version === 1 ? undefined : await before();
      return topic.isEvent(after, previous && !previous.deleted ? (JSON.parse(textOf(previous)) as FhirResource) : undefined);
    },
  };
}

interface Criteria {
  readonly type: string;
  readonly where: Parameters<typeof matches>[0];
}

/** `Type?name=value&…`, as R4 `Subscription.criteria` has it. It is decided for each version alone, so it can't ask for other resources. */
function readCriteria(criteria: string, search: Search, wrong: (text: string) => undefined): Criteria | undefined {
  const [type = '', query = ''] = splitQuery(criteria);
  if (!search.types.includes(type)) return wrong('The criteria are a search: a type of resource and its parameters, such as Claim?status=active; or the URL of a topic');
  return conditionOf(type, query, search, wrong);
}

/** A filter names a type of the topic, or, where that has only one, may leave it out. */
function readFilter(filter: string, topic: Topic, search: Search, wrong: (text: string) => undefined): Criteria[] | undefined {
  const [named = '', query = ''] = filter.includes('?') ? splitQuery(filter) : ['', filter];
  const types = named === '' ? topic.types : [named];
  if (query === '' || types.some((type) => !topic.types.includes(type))) return wrong(`A filter is a search on what the topic is about: ${topic.types.join(' or ')}`);
  const all = types.map((type) => conditionOf(type, query, search, wrong));
  return all.every((each) => each !== undefined) ? all : undefined;
}

const splitQuery = (text: string): readonly string[] => {
  const mark = text.indexOf('?');
  return mark < 0 ? [text] : [text.slice(0, mark), text.slice(mark + 1)];
};

function conditionOf(type: string, query: string, search: Search, wrong: (text: string) => undefined): Criteria | undefined {
  if (query === '') return { type, where: { op: 'all' } };
  try {
    const { where } = search.conditionFor(type, parseQuery(query));
    return isAboutOne(where) ? { type, where } : wrong('A chain or _has asks for other resources: subscribe to what a resource says itself');
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    return wrong(error.message);
  }
}

/** For criteria of R4 the format says it: with one, the resource is sent; without, a call without content. */
function contentOf(extensions: readonly Extension[] | undefined, topic: Topic | undefined, hasPayload: boolean): Content | undefined {
  const stated = extensions?.find(({ url }) => url === CONTENT);
  if (!topic || !stated) return topic || !hasPayload ? 'empty' : 'full-resource';
  return CONTENTS.find((content) => content === stated.valueCode);
}
