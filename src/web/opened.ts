import type { Claim } from 'fhir/r4.js';
import { ApiError, type Api } from './api.js';
import type { Session } from './session.js';

/** What the app was opened on, by the names that it has on this server. */
export interface Opened {
  /** `Patient/1` */
  readonly patient: string;
  readonly claim: Claim | undefined;
  /** `Coverage/1` */
  readonly coverage: string | undefined;
  /** Whether a card sent somebody here to see what is to be asked. */
  readonly asksQuestions: boolean;
  /** What the health record named and is not shown, in words. */
  readonly notes: readonly string[];
}

/** Nothing can be shown; the message says why. */
export class NothingToShow extends Error {}

/** What `fhirContext` may open: other types are passed over. */
const OPENABLE = /^(Claim|Coverage)\/[A-Za-z0-9\-.]{1,64}$/;

/** @throws {NothingToShow | ApiError} */
export async function open({ server, patient, references, appContext }: Session, base: string, api: Api): Promise<Opened> {
  const named = [...(patient === undefined ? [] : [`Patient/${patient.replace(/^Patient\//, '')}`]), ...references.map((reference) => relative(reference, server)).filter((each) => OPENABLE.test(each))];
  const here = server === base ? named : await api.here(named);
  const known = (type: string): string | undefined => here.find((each) => each?.startsWith(`${type}/`)) ?? undefined;
  const lacking = (type: string): boolean => named.some((each) => each.startsWith(`${type}/`)) && known(type) === undefined;
  if (lacking('Patient')) throw new NothingToShow('This patient is not known to Cobalt yet, or your sign-in does not reach them.');
  const claim = await claimAt(known('Claim'), api);
  const subject = known('Patient') ?? claim?.patient.reference;
  if (subject === undefined) throw new NothingToShow('No patient was chosen. Open the app from a patient’s chart.');
  const isOfAnother = claim !== undefined && claim.patient.reference !== subject;
  const notes = [
    ...(lacking('Claim') || (known('Claim') !== undefined && !claim) ? ['The claim that the health record named is not known to Cobalt yet, or your sign-in does not reach it.'] : []),
    ...(lacking('Coverage') ? ['The coverage that the health record named is not known to Cobalt yet.'] : []),
    ...(isOfAnother ? ['The claim that the health record named is another patient’s, and is not shown.'] : []),
  ];
  return { patient: subject, claim: isOfAnother ? undefined : claim, coverage: known('Coverage'), asksQuestions: viewIn(appContext) === 'questions', notes };
}

async function claimAt(reference: string | undefined, api: Api): Promise<Claim | undefined> {
  if (reference === undefined) return undefined;
  return api.read<Claim>(reference).catch((error: unknown) => {
    if (error instanceof ApiError && [403, 404, 410].includes(error.status)) return undefined;
    throw error;
  });
}

const relative = (reference: string, server: string): string => (reference.startsWith(`${server}/`) ? reference.slice(server.length + 1) : reference).replace(/\/_history\/.*$/, '');

/** Whatever a card's link says in `appContext`: text of another, which may be anything. */
function viewIn(appContext: string | undefined): unknown {
  try {
    const value: unknown = JSON.parse(appContext ?? 'null');
    return typeof value === 'object' && value !== null && 'view' in value ? value.view : undefined;
  } catch {
    return undefined;
  }
}
