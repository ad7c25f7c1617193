import type { Claim, Organization, Patient, Practitioner, PractitionerRole } from 'fhir/r4.js';
import { isDay } from '../../claims/calendar.js';
import { SYSTEM } from '../../claims/codes.js';
import { serviceSpans } from '../../claims/derive/billed.js';
import { identifierOf } from '../../claims/read-header.js';
import type { Refusal } from '../../claims/refusals.js';
import type { Resources } from '../../fhir/resources.js';
import { readReference } from '../derivation/lookup.js';
import { addressLines, contactOf, personName } from '../documents/parties.js';
import type { AppealCase } from './case.js';
import type { ContestedService, LetterFacts } from './letter.js';

const NPI_SYSTEM = 'http://hl7.org/fhir/sid/us-npi';

/** The facts of the letter of an appeal; whoever or whatever is not on file is left out. `caller`: who asks for it. */
export async function letterFacts(appeal: AppealCase, caller: string | undefined, resources: Resources): Promise<LetterFacts> {
  const { claim, payer: { coverage, organization }, decided: { adjudication }, packet } = appeal;
  const [patient, provider, clinician, signer] = await Promise.all([
    readReference(claim.patient.reference, resources), readReference(claim.provider.reference, resources), treating(claim, resources), readReference(caller, resources),
  ]);
  const person = patient?.resourceType === 'Patient' ? (patient as Patient) : undefined;
  const spans = serviceSpans(claim);
  return {
    level: appeal.level,
    kind: appeal.kind,
    provider: providerOf(provider as Organization | Practitioner | undefined, claim),
    payer: { name: organization?.name ?? claim.insurer?.display ?? 'To the payer', address: addressLines(organization?.address) },
    clinician: clinician && { name: personName(clinician.name), npi: npiOf(clinician) },
    signer: signer?.resourceType === 'Practitioner' ? personName((signer as Practitioner).name) : undefined,
    patient: { name: personName(person?.name), birthDate: wholeDay(person?.birthDate) },
    memberId: coverage?.subscriberId ?? identifierOf(coverage?.identifier, SYSTEM.identifierType, 'MB'),
    groupNumber: coverage?.class?.find(({ type }) => type.coding?.some(({ code }) => code === 'group'))?.value,
    payerClaimNumber: adjudication.payerClaimNumber,
    claimNumber: identifierOf(claim.identifier, SYSTEM.identifierType, 'PLAC'),
    service: spans.length === 0 ? undefined : { start: spans.map(({ start }) => start).sort()[0] ?? '', end: spans.map(({ end }) => end).sort().at(-1) ?? '' },
    decidedOn: appeal.decidedOn,
    deadline: appeal.deadline?.due,
    contested: appeal.contested.map((refusal) => contestedService(refusal, appeal.answered)),
    argument: appeal.argument,
    corrections: appeal.corrections,
    reasons: appeal.reasons,
    enclosures: packet.flatMap(({ names }) => names),
  };
}

function contestedService({ sequence, group, reason, remarks, amount, meaning, action }: Refusal, claim: Claim): ContestedService {
  const item = claim.item?.find((one) => one.sequence === sequence);
  const codes = item ? [item.productOrService, ...(item.modifier ?? [])].flatMap(({ coding, text }) => coding?.[0]?.code ?? text ?? []) : [];
  return {
    sequence, amount,
    date: wholeDay(item?.servicedDate ?? item?.servicedPeriod?.start),
    service: codes.length > 0 ? codes.join(' ') : undefined,
    code: [`${group}-${reason}`, ...remarks].join(' '),
    meaning: action === 'needs-human' ? undefined : meaning,
  };
}

function providerOf(provider: Organization | Practitioner | undefined, { provider: reference }: Claim): LetterFacts['provider'] {
  const name = provider?.resourceType === 'Organization' ? (provider.name ?? '') : personName(provider?.name);
  return {
    name: name === '' ? (reference.display ?? 'The provider') : name,
    address: addressLines(provider?.address),
    phone: contactOf(provider?.telecom, 'phone'),
    npi: npiOf(provider),
    taxId: identifierOf(provider?.identifier, SYSTEM.identifierType, 'TAX'),
  };
}

/** A date that is no more than a month or a year is left out. */
const wholeDay = (date: string | undefined): string | undefined => (date !== undefined && isDay(date.slice(0, 10)) ? date.slice(0, 10) : undefined);

const npiOf = (provider: Organization | Practitioner | undefined): string | undefined => provider?.identifier?.find(({ system }) => system === NPI_SYSTEM)?.value;

/** The clinician who rendered the services: of the care team, the one whose role says so, else the first. */
async function treating({ careTeam = [] }: Claim, resources: Resources): Promise<Practitioner | undefined> {
  const member = careTeam.find(({ role }) => role?.coding?.some(({ code }) => code === 'rendering' || code === 'primary')) ?? careTeam[0];
  const found = await readReference(member?.provider.reference, resources);
  const practitioner = found?.resourceType === 'PractitionerRole' ? await readReference((found as PractitionerRole).practitioner?.reference, resources) : found;
  return practitioner?.resourceType === 'Practitioner' ? (practitioner as Practitioner) : undefined;
}
