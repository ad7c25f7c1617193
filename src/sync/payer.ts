import type { Claim, ClaimResponse, Coverage, ExplanationOfBenefit, FhirResource, Identifier, Patient } from 'fhir/r4.js';
import { accountNumbers } from '../claims/account-number.js';
import { FhirError } from '../fhir/outcome.js';
import type { Resources } from '../fhir/resources.js';
import type { SourceClient, SourceError } from './client/index.js';
import { deadLetters, healed, isAboutOne, isProtected, refusal } from './dead-letter.js';
import { matchesOf } from './lane.js';
import { rosterOf } from './sweep.js';
import type { Source } from './source.js';
import type { LogEntry } from '../fhir/interactions/interaction.js';

type Decision = ClaimResponse | ExplanationOfBenefit;

const IDENTIFIER_TYPE = 'http://terminology.hl7.org/CodeSystem/v2-0203';

export interface EnrolmentParts {
  readonly resources: Resources;
  readonly log: (entry: LogEntry) => void;
  readonly now: () => Date;
}

/**
 * Finds out who of ours the members of a payer are: whoever has a coverage with it in force is asked for by member id, and
 * is who has that number there, and the same birth date and family name. Nobody else, and not where several are. What is
 * found is an identifier of our Patient: its address at the payer. A member whom the payer refuses is a dead letter, and
 * keeps no other waiting.
 * @throws {SourceError} where it refuses everybody
 */
export async function enrol(source: Source, client: SourceClient, { resources, log, now }: EnrolmentParts): Promise<void> {
  if (source.kind !== 'payer' || source.organization === undefined) return;
  const known = new Set((await rosterOf(source, resources)).map(({ local }) => local));
  const dead = await deadLetters(source, resources);
  const refused: { readonly letter: string; readonly error: SourceError }[] = [];
  let isAnswered = known.size > 0;
  for await (const page of resources.pages<Coverage>('Coverage', `payor=${source.organization}&status=active`)) {
    for (const coverage of page) {
      const patient = coverage.beneficiary.reference ?? '';
      const member = memberIdOf(coverage);
      if (member === undefined || !patient.startsWith('Patient/') || known.has(patient)) continue;
      known.add(patient);
      const letter = letterOf(patient);
      if (dead.get(letter) === 'protected') continue;
      try {
        await enrolOne(patient, member, source, client, { resources, log });
        isAnswered = true;
        await resources.write(healed(letter, { source, dead }));
      } catch (error) {
        if (!isAboutOne(error)) throw error;
        refused.push({ letter, error });
      }
    }
  }
  const first = refused.find(({ error }) => !isProtected(error));
  if (!isAnswered && first) throw first.error;
  for (const { letter, error } of refused) await resources.write(refusal(letter, error, { source, now }).changes ?? []);
}

/** As dead letters name who of ours is asked for by member id. */
const letterOf = (patient: string): string => `member ${patient}`;

async function enrolOne(reference: string, member: string, source: Source, client: SourceClient, { resources, log }: Pick<EnrolmentParts, 'resources' | 'log'>): Promise<void> {
  const ours = await resources.read<Patient>('Patient', reference.slice('Patient/'.length));
  if (!ours) return;
  const { resource } = await client.search('Patient', { identifier: member });
  const same = (matchesOf(resource, new Set(['Patient']), { log, source }) as Patient[]).filter((theirs) => isSame(ours, theirs, member));
  if (same.length !== 1) return;
  try {
    const identifier: Identifier = { use: 'secondary', system: source.base, value: `Patient/${same[0]?.id ?? ''}` };
    await resources.commit([{ put: { ...ours, identifier: [...(ours.identifier ?? []), identifier] }, expectVersion: Number(ours.meta?.versionId) }]);
  } catch (error) {
    // Who was changed meanwhile is asked for again by the next run.
    if (!(error instanceof FhirError) || error.status !== 412) throw error;
  }
}

const memberIdOf = ({ subscriberId, identifier = [] }: Coverage): string | undefined => identifier.find((each) => hasCode(each, 'MB'))?.value ?? subscriberId;

const isSame = (ours: Patient, theirs: Patient, member: string): boolean =>
  ours.birthDate !== undefined && ours.birthDate === theirs.birthDate
  && (theirs.identifier ?? []).some(({ value }) => value === member)
  && families(ours).some((family) => families(theirs).includes(family))
  && givens(ours).some((given) => givens(theirs).includes(given));

const families = ({ name = [] }: Patient): string[] => name.flatMap(({ family }) => family?.trim().toLowerCase() ?? []);
const givens = ({ name = [] }: Patient): string[] => name.flatMap(({ given = [] }) => given.slice(0, 1).map((each) => each.trim().toLowerCase()));

/**
 * Says of a payer's decision what it decided, in place: our claim, where the payer names its number (CARIN Blue Button
 * `patientaccountnumber`, X12 CLP01) and one claim of the patient has it; our coverage with the payer, where there is one;
 * the payer as we know it. What is not certain stays as it came, and comes before a person.
 */
export async function completeDecision(resource: FhirResource, source: Source, resources: Resources): Promise<void> {
  if (source.kind !== 'payer' || !isDecision(resource)) return;
  if (source.organization !== undefined) resource.insurer = { reference: source.organization, ...(resource.insurer?.display === undefined ? {} : { display: resource.insurer.display }) };
  const patient = resource.patient.reference;
  if (patient === undefined) return;
  const claim = await claimOf(resource, patient, resources);
  if (claim) nameClaim(resource, claim);
  if (resource.resourceType === 'ExplanationOfBenefit') await nameCoverage(resource, patient, source, resources);
}

const isDecision = (resource: FhirResource): resource is Decision => resource.resourceType === 'ClaimResponse' || resource.resourceType === 'ExplanationOfBenefit';

async function claimOf(decision: Decision, patient: string, resources: Resources): Promise<Claim | undefined> {
  const stated = decision.resourceType === 'ClaimResponse' ? decision.request : decision.claim;
  if (stated?.reference !== undefined) return undefined;
  const numbers = accountNumbers(decision);
  if (numbers.length === 0) return undefined;
  const claims = await resources.search<Claim>('Claim', `patient=${patient}`);
  const named = claims.filter(({ identifier = [], status }) => status !== 'entered-in-error' && identifier.some((each) => hasCode(each, 'PLAC') && numbers.includes(each.value ?? '')));
  return named.length === 1 ? named[0] : undefined;
}

function nameClaim(decision: Decision, { id = '' }: Claim): void {
  const reference = `Claim/${id}`;
  if (decision.resourceType === 'ClaimResponse') decision.request = { ...decision.request, reference };
  else decision.claim = { ...decision.claim, reference };
}

/** The payer's row: the focal one, or the only one there is. */
async function nameCoverage(explanation: ExplanationOfBenefit, patient: string, { organization }: Source, resources: Resources): Promise<void> {
  const row = explanation.insurance.find(({ focal }) => focal) ?? (explanation.insurance.length === 1 ? explanation.insurance[0] : undefined);
  if (!row || row.coverage.reference !== undefined || organization === undefined) return;
  const coverages = await resources.search<Coverage>('Coverage', `beneficiary=${patient}&payor=${organization}`);
  const ours = coverages.filter(({ status }) => status !== 'entered-in-error');
  if (ours.length === 1) row.coverage = { ...row.coverage, reference: `Coverage/${ours[0]?.id ?? ''}` };
}

const hasCode = ({ type }: Identifier, code: string): boolean => type?.coding?.some((coding) => coding.code === code && (coding.system === undefined || coding.system === IDENTIFIER_TYPE)) ?? false;
