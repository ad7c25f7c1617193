/** What the page shows of a patient, asked of Cobalt. */
import type { Claim, ClaimResponse, Coverage, FhirResource, Money, Organization, Parameters, ParametersParameter, Patient, Task } from 'fhir/r4.js';
import { ApiError, type Api } from './api.js';
import type { Opened } from './opened.js';

/** One part of the page; undefined: the sign-in does not allow to see it. */
export type Part<T> = T | undefined;

export interface PatientRecord {
  readonly patient: Patient;
  readonly order: Part<Order>;
  readonly tasks: Part<readonly Task[]>;
  readonly drafts: Part<readonly Claim[]>;
  /** The claims for the same services as the one that the app was opened on, the first payer's first; empty: it was opened on none. */
  readonly chain: Part<readonly ChainLink[]>;
  readonly names: Names;
}

export interface ChainLink {
  readonly claim: Claim;
  readonly decision: ClaimResponse | undefined;
}

/** What `$cob-order` answers, as far as it is shown. References are relative. */
export interface Order {
  readonly date: string;
  readonly isDetermined: boolean;
  readonly ranked: readonly { readonly coverage: string; readonly reason: string; readonly citation: string }[];
  readonly excluded: readonly { readonly coverage: string; readonly reason: string }[];
  readonly missing: readonly { readonly coverage: string; readonly question: string; readonly rule: string }[];
  readonly conflicts: readonly { readonly coverage: string; readonly stated: string; readonly source: string; readonly computed: string }[];
}

/** What coverages and payors are called. */
export interface Names {
  /** `Coverage/1`: all that the patient has. */
  readonly coverages: readonly string[];
  readonly coverage: (reference: string) => { readonly payer: string; readonly member: string | undefined };
}

/** @throws {ApiError} where the patient can't be read at all, and for what is not a matter of rights. */
export async function load(opened: Opened, api: Api, today: string): Promise<PatientRecord> {
  const { patient: subject, claim } = opened;
  const [patient, covers, order, tasks, claims] = await Promise.all([
    api.read<Patient>(subject),
    allowed(api.search('Coverage', { beneficiary: subject, _include: 'Coverage:payor' })),
    allowed(api.operation(`${subject}/$cob-order`, asked(claim, today))),
    allowed(api.search('Task', { patient: subject, status: 'requested,received,accepted,ready,in-progress,on-hold' })),
    allowed(api.search('Claim', { patient: subject })),
  ]);
  const known = of<Claim>(claims ?? [], 'Claim');
  const links = claim ? chainOf(claim, known) : [];
  const decisions = links.length === 0 ? [] : await allowed(api.search('ClaimResponse', { request: links.map(({ id }) => `Claim/${id ?? ''}`).join(',') }));
  return {
    patient, names: namesIn(covers ?? []),
    order: order && orderIn(order, serviceDate(claim) ?? today),
    tasks: tasks && of<Task>(tasks, 'Task').filter(({ owner }) => owner?.reference !== AUTOMATION).sort(byDeadline),
    drafts: claims && known.filter(({ status, insurance }) => status === 'draft' && insurance.length > 1),
    chain: links.length > 0 && !claims ? undefined : links.map((each) => ({ claim: each, decision: of<ClaimResponse>(decisions ?? [], 'ClaimResponse').filter(({ request }) => request?.reference === `Claim/${each.id ?? ''}`).sort((a, b) => b.created.localeCompare(a.created))[0] })),
  };
}

/** Owner of what Cobalt does itself. */
const AUTOMATION = 'Device/cobalt';
const NO_DEADLINE = '9999';

export const deadlineOf = ({ restriction }: Task): string | undefined => restriction?.period?.end;
const byDeadline = (a: Task, b: Task): number => (deadlineOf(a) ?? NO_DEADLINE).localeCompare(deadlineOf(b) ?? NO_DEADLINE);

/** What is at stake: the input of type `amount` (CodeSystem `work-detail`). */
export const amountOf = ({ input = [] }: Task): Money | undefined => input.find(({ type }) => type.coding?.some(({ code }) => code === 'amount'))?.valueMoney;

/** Undefined for what the token does not allow. @throws {ApiError} for everything else */
async function allowed<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  });
}

const of = <T extends FhirResource>(resources: readonly FhirResource[], type: T['resourceType']): T[] => resources.filter((resource): resource is T => resource.resourceType === type);

/** The order of a claim is that of its services. */
function asked(claim: Claim | undefined, today: string): Parameters {
  const benefit = BENEFITS[claim?.type.coding?.[0]?.code ?? ''];
  return { resourceType: 'Parameters', parameter: [{ name: 'date', valueDate: serviceDate(claim) ?? today }, ...(benefit === undefined ? [] : [{ name: 'benefitType', valueCode: benefit }])] };
}

/** Claim.type → what is insured, where it is not medical. */
const BENEFITS: Readonly<Record<string, string | undefined>> = { oral: 'dental', vision: 'vision', pharmacy: 'pharmacy' };

function serviceDate(claim: Claim | undefined): string | undefined {
  const dates = [claim?.billablePeriod?.start, ...(claim?.item ?? []).flatMap(({ servicedDate, servicedPeriod }) => [servicedDate, servicedPeriod?.start])];
  return dates.filter((date) => date !== undefined).map((date) => date.slice(0, 10)).filter((date) => date.length === 10).sort()[0];
}

function orderIn({ parameter = [] }: Parameters, date: string): Order {
  const rows = (name: string): Readonly<Record<string, string>>[] => parameter.filter((each) => each.name === name).map(({ part = [] }) => Object.fromEntries(part.map((each) => [each.name, textOf(each)])));
  return {
    date,
    isDetermined: parameter.some(({ name, valueCode }) => name === 'status' && valueCode === 'determined'),
    ranked: rows('ranked').map(({ coverage = '', reason = '', citation = '' }) => ({ coverage, reason, citation })),
    excluded: rows('excluded').map(({ coverage = '', reason = '' }) => ({ coverage, reason })),
    missing: rows('missing').map(({ coverage = '', question = '', rule = '' }) => ({ coverage, question, rule })),
    conflicts: rows('conflict').map(({ coverage = '', stated = '', source = '', computed = '' }) => ({ coverage, stated, source, computed })),
  };
}

const textOf = ({ valueReference, valueCode, valueString, valuePositiveInt }: ParametersParameter): string => valueReference?.reference ?? valueCode ?? valueString ?? String(valuePositiveInt ?? '');

function namesIn(resources: readonly FhirResource[]): Names {
  const coverages = new Map(of<Coverage>(resources, 'Coverage').map((coverage) => [`Coverage/${coverage.id ?? ''}`, coverage]));
  const organizations = new Map(of<Organization>(resources, 'Organization').map(({ id, name }) => [`Organization/${id ?? ''}`, name]));
  return {
    coverages: [...coverages.keys()],
    coverage(reference) {
      const { payor: [payor] = [], subscriberId } = coverages.get(reference) ?? {};
      return { payer: organizations.get(payor?.reference ?? '') ?? payor?.display ?? 'Payer without a name', member: subscriberId };
    },
  };
}

/** The claims that name one another in `related`, the earliest first. */
function chainOf(claim: Claim, known: readonly Claim[]): Claim[] {
  const all = new Map([...known, claim].map((each) => [`Claim/${each.id ?? ''}`, each]));
  const named = (each: Claim): string[] => (each.related ?? []).flatMap((related) => related.claim?.reference ?? []);
  const found = new Set([`Claim/${claim.id ?? ''}`]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const [reference, each] of all) {
      if (found.has(reference)) for (const other of named(each)) if (all.has(other)) found.add(other);
      if (named(each).some((other) => found.has(other))) found.add(reference);
    }
  }
  const focal = ({ insurance }: Claim): number => insurance.find((row) => row.focal)?.sequence ?? 0;
  return [...found].flatMap((reference) => all.get(reference) ?? []).sort((a, b) => focal(a) - focal(b) || a.created.localeCompare(b.created));
}
