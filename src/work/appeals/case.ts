import type { Claim, Communication, DocumentReference, FhirResource, Provenance, Task } from 'fhir/r4.js';
import { isDay } from '../../claims/calendar.js';
import { correctionsOf, type Correction } from '../../claims/corrections.js';
import type { Deadline } from '../../claims/deadlines/deadlines.js';
import { proofOfFiling } from '../../claims/deadlines/proof.js';
import { focalCoverageOf, follows } from '../../claims/derive/chain.js';
import { fingerprint } from '../../claims/derive/fingerprint.js';
import { referenceTo } from '../../claims/derive/input.js';
import { claimBefore, gather, type DecidedPayer, type Gathered } from '../../claims/derive/situation.js';
import { relative, type Decision } from '../../claims/read-header.js';
import { appealBarredBy, reductionsOf, refusalsOf, type Refusal } from '../../claims/refusals.js';
import { errors } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { rootOf } from '../automation/state.js';
import { storedFacts, toInput } from '../derivation/load.js';
import { readReference } from '../derivation/lookup.js';
import { DOCUMENT_SYSTEM } from '../submission/record.js';
import { digest, isDetail, taskId, WORK_SYSTEM } from '../task.js';
import { levelsOf, MANNERS, type AppealKind } from './levels.js';
import { limitsOf } from './limits.js';
import { contactsAbout } from './log.js';
import { packetOf, type PacketItem } from './packet.js';
import { decidingPayer, type DecidingPayer } from './payer.js';

/** What is asked for: the level, 1 for the first; what kind of review where it is not the usual one of the level; why; what goes with it. */
export interface AppealRequest {
  readonly level: number;
  readonly kind?: AppealKind | undefined;
  readonly argument: string;
  readonly attachments: readonly FhirResource[];
}

/** All that an appeal is made from. References are relative. */
export interface AppealCase extends AppealRequest {
  readonly kind: AppealKind;
  /** The services, the payer, the level and what is appealed: the same, the same appeal. */
  readonly cause: readonly string[];
  /** Of all that is made for it; follows from the cause. */
  readonly id: string;
  /** The claim as it stands with the payer, and the first one for the services. */
  readonly claim: Claim;
  /** The claim that the payer decided: this one, or one that it replaces. */
  readonly answered: Claim;
  readonly root: string;
  readonly payer: DecidingPayer;
  readonly decided: DecidedPayer;
  /** The day of the decision that is appealed: the payer's, or its answer to the level before. */
  readonly decidedOn: string | undefined;
  readonly contested: readonly Refusal[];
  readonly corrections: readonly Correction[];
  /** Why the claim was corrected, as its Provenance says. */
  readonly reasons: readonly string[];
  readonly deadline: Deadline | undefined;
  readonly packet: readonly PacketItem[];
  /** The contacts so far, the earliest first. */
  readonly log: readonly Communication[];
}

/**
 * What there is to appeal about a claim, from what is stored.
 * @throws {FhirError} 422 where no decision of its payer stands, nothing was refused or reduced, or there is no such level or no right of appeal.
 */
export async function appealCase(claim: Claim, request: AppealRequest, resources: Resources, asOf: string): Promise<AppealCase> {
  const facts = await storedFacts(claim, resources);
  const gathered = gather(toInput(facts, { asOf }));
  const decided = gathered.decided.find(({ coverage }) => coverage === focalCoverageOf(claim));
  const decision = decided?.decisions[0];
  if (!decided || !decision) throw errors.businessRule('No decision of the claim’s payer stands: there is nothing to appeal until it has decided', 'Claim.insurance');
  const contested = contestedIn(decided);
  const payer = await decidingPayer(decision, claim, resources);
  const kind = request.kind ?? kindOfLevel(request.level, payer);
  const billed = claimBefore(decided, gathered.chain, claim);
  const tasks = await resources.search<Task>('Task', `code=${WORK_SYSTEM}|appeal&focus=${gathered.chain.all.map((one) => referenceTo(one) ?? '').join()}`);
  const log = await contactsAbout(relative(claim.patient.reference) ?? '', [...gathered.chain.all, ...facts.decisions, ...tasks], resources);
  const answer = answerBefore(request.level, tasks, log);
  const decidedOn = answer ? (answer.received ?? answer.sent)?.slice(0, 10) : decided.adjudication.date;
  const limits = await limitsOf(payer, decidedOn ?? '', billed, resources);
  const root = referenceTo(rootOf(gathered.chain.all) ?? claim) ?? '';
  const cause = [root, decided.coverage, String(request.level), kind, digest(fingerprint(decided.adjudication)), answer?.id ?? ''];
  const replaced = gathered.chain.all.find((other) => follows(billed, other, 'prior'));
  const documents = await documentsAbout(gathered, facts.decisions, request.attachments, resources);
  return {
    ...request, kind, payer, decided, contested, log, root,
    cause,
    id: taskId('appeal', cause),
    claim: billed,
    answered: gathered.chain.all.find((one) => referenceTo(one) === decided.adjudication.claim) ?? billed,
    decidedOn: decidedOn !== undefined && isDay(decidedOn) ? decidedOn : undefined,
    corrections: replaced ? correctionsOf(replaced, billed) : [],
    reasons: replaced ? await reasonsOf(billed, resources) : [],
    deadline: limits.appeal(request.level),
    packet: packetOf([...contested.flatMap(({ documents: asked }) => asked), ...MANNERS[kind].documents], {
      decisions: decided.decisions.flatMap((one) => referenceTo(one) ?? []),
      claim: referenceTo(billed) ?? '',
      priorDecisions: priorDecisions(billed, gathered),
      proofOfFiling: proofOfFiling(decided.coverage, limits.filing?.due ?? asOf, gathered.chain.all, [...facts.resources, ...documents.all, ...facts.decisions]),
      documents: documents.enclosed,
    }),
  };
}

/** What can be appealed of a decision: what it refused, and where it refused nothing, what it took off the price. */
function contestedIn({ adjudication }: DecidedPayer): Refusal[] {
  const refusals = refusalsOf(adjudication);
  const all = refusals.length > 0 ? refusals : reductionsOf(adjudication);
  if (all.length === 0) throw errors.businessRule('The decision refuses nothing and takes nothing off the price: there is nothing to appeal', 'Claim.insurance');
  const open = all.filter(({ remarks }) => appealBarredBy([...remarks, ...adjudication.remarks]) === undefined);
  if (open.length === 0) throw errors.businessRule('The decision carries no right of appeal (MA130 or N211 says so): correct the claim and send it as a new one', 'Claim.insurance');
  const appealable = open.filter((refusal) => refusal.appealable);
  return appealable.length > 0 ? appealable : open;
}

function kindOfLevel(level: number, { kind, rules }: DecidingPayer): AppealKind {
  const levels = levelsOf(kind, rules);
  const found = levels[level - 1];
  if (found) return found;
  throw errors.businessRule(`The payer has no level ${level}; it has: ${levels.map((one, index) => `${index + 1} (${MANNERS[one].title})`).join(', ')}`, 'Parameters.parameter.where(name = \'level\')');
}

/** The payer's answer to the appeal of the level before, as the log has it. */
function answerBefore(level: number, tasks: readonly Task[], log: readonly Communication[]): Communication | undefined {
  const before = tasks.filter(({ input }) => input?.some((one) => isDetail('level')(one) && one.valuePositiveInt === level - 1)).map(({ id }) => `Communication/${id ?? ''}`);
  return log.findLast(({ inResponseTo }) => inResponseTo?.some(({ reference }) => before.includes(relative(reference) ?? '')));
}

async function reasonsOf(claim: Claim, resources: Resources): Promise<string[]> {
  const provenances = await resources.search<Provenance>('Provenance', `target=${referenceTo(claim) ?? ''}`);
  return [...new Set(provenances.flatMap(({ reason = [] }) => reason.flatMap(({ text, coding }) => text ?? coding?.[0]?.display ?? [])))];
}

/** The decisions of the payers before: those that the claim names, else those that are known. */
function priorDecisions(claim: Claim, { decided }: Gathered): string[] {
  const own = focalCoverageOf(claim);
  const before = decided.slice(0, Math.max(0, decided.findIndex(({ coverage }) => coverage === own)));
  const named = claim.insurance.filter(({ focal }) => !focal).flatMap(({ claimResponse }) => relative(claimResponse?.reference) ?? []).filter((reference) => !reference.startsWith('#'));
  return [...new Set([...named, ...before.flatMap(({ decisions }) => decisions.flatMap((one) => referenceTo(one) ?? []))])];
}

/** What was attached, what the claim itself names, and the documents on file about its chain; the records of what went to and fro are no enclosures. */
async function documentsAbout({ chain }: Gathered, decisions: readonly Decision[], attachments: readonly FhirResource[], resources: Resources): Promise<{ readonly all: readonly FhirResource[]; readonly enclosed: readonly FhirResource[] }> {
  const about = [...chain.all, ...decisions].flatMap((one) => referenceTo(one) ?? []);
  const onFile = await resources.search<DocumentReference>('DocumentReference', `related=${about.join()}`);
  const named = await Promise.all(chain.standing.flatMap(({ supportingInfo = [] }) => supportingInfo.map(({ valueReference }) => readReference(valueReference?.reference, resources))));
  const enclosed = [...attachments, ...named.filter((one) => one !== undefined), ...onFile.filter((document) => !isExchanged(document))];
  return { all: onFile, enclosed: [...new Map(enclosed.map((one) => [referenceTo(one), one])).values()] };
}

const isExchanged = ({ type, status }: DocumentReference): boolean => status !== 'current' || (type?.coding?.some(({ system }) => system === DOCUMENT_SYSTEM) ?? false);
