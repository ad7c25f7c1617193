import type { Endpoint } from 'fhir/r4.js';
import { FhirError } from '../fhir/outcome.js';
import type { Resources } from '../fhir/resources.js';
import { OutboundRefused, type Outbound } from '../outbound/index.js';
import { TokenError, type TokenCache } from '../smart/backend/index.js';
import { Pace, PACE, SourceClient, SourceError } from './client/index.js';
import { planOf, statementIn, type TypePlan } from './plan.js';
import { scopesOf, sourceOf, type Source } from './source.js';
import { statusOf, type SyncStatus } from './status.js';

/** How another system was found; `said` is a sentence, or several, that says what to do where it is not well. */
export interface Examined {
  readonly well: boolean;
  readonly said: string;
}

export interface ExaminingParts {
  readonly resources: Pick<Resources, 'search' | 'pages'>;
  readonly outbound: Outbound;
  /** Undefined without keys of ours. */
  readonly tokens: TokenCache | undefined;
  readonly now: () => Date;
}

/** One thing that was looked at: what is the case, or what is wrong. */
type Found = { readonly fact: string } | { readonly wrong: string };

/** So many looks may have been missed before a source counts as behind. */
const MISSED_LOOKS = 3;

/**
 * Whether a source can be kept in step: its address is allowed, a token is to be had, it answers and offers what is wanted,
 * and how far behind it is. It is asked, and nothing is written.
 */
export async function examineSource(endpoint: Endpoint, parts: ExaminingParts): Promise<Examined> {
  const source = readable(endpoint);
  if ('wrong' in source) return together([source]);
  const address = allowed(source.base, parts.outbound);
  if ('wrong' in address) return together([address, await progress(source, parts)]);
  return together([await token(source, parts), await offer(source, parts), await progress(source, parts)]);
}

/** Whether a payer's FHIR address may be called, and answers. */
export async function examinePayer({ address }: Endpoint, { outbound }: Pick<ExaminingParts, 'outbound'>): Promise<Examined> {
  const base = address.replace(/\/+$/, '');
  const asked = allowed(base, outbound);
  if ('wrong' in asked) return together([asked]);
  try {
    statementIn((await clientFor(base, outbound).capabilities()).resource);
    return { well: true, said: `${base} answers` };
  } catch (error) {
    return together([{ wrong: unanswered(base, error) }]);
  }
}

function together(found: readonly Found[]): Examined {
  const wrong = found.flatMap((one) => ('wrong' in one ? one.wrong : []));
  return wrong.length > 0 ? { well: false, said: `${wrong.join('; ')}.` } : { well: true, said: found.flatMap((one) => ('fact' in one && one.fact !== '' ? one.fact : [])).join('; ') };
}

function readable(endpoint: Endpoint): Source | { readonly wrong: string } {
  try {
    return sourceOf(endpoint);
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    return { wrong: `${error.message}: correct the Endpoint, or set its status to off` };
  }
}

function allowed(base: string, outbound: Outbound): Found {
  try {
    outbound.check(base);
    return { fact: '' };
  } catch (error) {
    if (!(error instanceof OutboundRefused)) throw error;
    return { wrong: `${base} may not be called. ${error.message}` };
  }
}

async function token(source: Source, { tokens }: ExaminingParts): Promise<Found> {
  const { base, clientId } = source;
  if (clientId === undefined) return { fact: '' };
  if (!tokens) return { wrong: 'It asks for a token, and there is no key of ours to get one with: set COBALT_CLIENT_KEYS' };
  try {
    const { missing } = await tokens.get({ base, clientId, scopes: scopesOf(source) });
    return missing.length === 0 ? { fact: 'gives a token' } : { wrong: `Its token lacks ${missing.join(' ')}: have them allowed there for our client` };
  } catch (error) {
    if (error instanceof TokenError) return { wrong: `It gives no token. ${error.message}` };
    return { wrong: `It gives no token: its authorization server does not answer, or may not be called (${error instanceof Error ? error.message : 'no reason given'})` };
  }
}

async function offer(source: Source, { outbound }: ExaminingParts): Promise<Found> {
  try {
    const { resource } = await clientFor(source.base, outbound).capabilities();
    const plans = planOf(statementIn(resource), source);
    const lacks = lacking(plans, source);
    return lacks.length > 0 ? { wrong: `${source.base} answers, and lacks ${lacks.join(', ')}: have it offered there, or leave it out of the extension sync-source` } : { fact: `${source.base} answers (${waysOf(plans)})` };
  } catch (error) {
    return { wrong: unanswered(source.base, error) };
  }
}

/** What is wanted and not offered. */
const lacking = (plans: readonly TypePlan[], { writeBack, group }: Source): string[] => [
  ...plans.filter(({ strategy }) => strategy === 'none').map(({ type }) => type),
  ...(writeBack && plans.some(({ type, writes }) => type === 'Coverage' && !writes.includes('update') && !writes.includes('patch')) ? ['a way to write Coverage back'] : []),
  ...(group !== undefined && !plans.some(({ strategy }) => strategy === 'bulk' || strategy === 'window') ? ['the export of a Group'] : []),
];

/** `Patient, Coverage: searched by _lastUpdated; Claim: …` */
function waysOf(plans: readonly TypePlan[]): string {
  const reasons = [...new Set(plans.map(({ reason }) => reason))];
  return reasons.map((reason) => `${plans.filter((plan) => plan.reason === reason).map(({ type }) => type).join(', ')}: ${reason}`).join('; ');
}

/** Once, without a token: /metadata is for everybody (R4 §3.1.0.10). */
const clientFor = (base: string, outbound: Outbound): SourceClient =>
  new SourceClient({ base, outbound, pace: new Pace(PACE, () => performance.now(), async () => undefined), attempts: 1, random: () => 0, sleep: async () => undefined });

/** @throws whatever is a defect of ours */
function unanswered(base: string, error: unknown): string {
  if (!(error instanceof SourceError)) throw error;
  const { failure, message } = error;
  if (failure === 'unreachable') return `${base}/metadata does not answer (${message}): start it, or correct Endpoint.address`;
  if (failure === 'foreign') return `${base}/metadata leads elsewhere (${message}): correct Endpoint.address`;
  return `${base}/metadata is no CapabilityStatement (${message}): Endpoint.address must be its FHIR base`;
}

async function progress(source: Source, { resources, now }: ExaminingParts): Promise<Found> {
  const status = await statusOf(source, resources, now());
  const failed = status.lanes.filter(({ failure, isRunning }) => failure !== undefined && !isRunning);
  if (failed.length > 0) return { wrong: `The last run did not come to its end (${failed.map(({ lane, failure }) => `${lane}: ${failure ?? ''}`).join(', ')}): GET Endpoint/${source.id}/$sync-status says more` };
  if (isBehind(status, source)) return { wrong: `It is ${duration(status.lagMs ?? 0)} behind, and is to be looked at every ${duration(source.everyMs ?? 0)}: see whether Cobalt runs, and what it logs of it` };
  return { fact: [status.lagMs === undefined ? 'not synchronised yet' : `${duration(status.lagMs)} behind`, ...(status.deadLetters > 0 ? [`${status.deadLetters} of its resources are not valid and were not taken`] : [])].join('; ') };
}

const isBehind = ({ lagMs }: SyncStatus, { everyMs }: Source): boolean => lagMs !== undefined && everyMs !== undefined && lagMs > MISSED_LOOKS * everyMs;

const UNITS: readonly (readonly [name: string, ms: number])[] = [['days', 86_400_000], ['hours', 3_600_000], ['minutes', 60_000]];

function duration(ms: number): string {
  const [name, unit] = UNITS.find(([, each]) => ms >= 2 * each) ?? ['seconds', 1_000];
  return `${Math.round(ms / unit)} ${name}`;
}
