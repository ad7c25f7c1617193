/** One service as discovery tells it (CDS Hooks 2.0, "Discovery"). */
export interface CdsService {
  readonly hook: 'encounter-start' | 'appointment-book';
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly usageRequirements: string;
  readonly prefetch: Readonly<Record<PrefetchKey, string>>;
}

export type PrefetchKey = 'patient' | 'coverages' | 'relatedPersons';

/** What every health record can be asked for: reads, and searches by `patient` (design/domain, D1). */
const prefetch = {
  patient: 'Patient/{{context.patientId}}',
  coverages: 'Coverage?patient={{context.patientId}}',
  relatedPersons: 'RelatedPerson?patient={{context.patientId}}',
} as const;

const usageRequirements = 'Without prefetched coverages, or with a part of them, Cobalt looks for the patient in its own store (by fhirServer, which must be one of the client’s own in COBALT_CDS_CLIENTS, and patientId; or by an identifier of a patient of its own), then on fhirServer with the token in fhirAuthorization, as far as COBALT_OUTBOUND allows';

export const SERVICES: readonly CdsService[] = [
  {
    hook: 'encounter-start', id: 'payer-order-at-encounter', title: 'Who pays first: ask at check-in',
    description: 'Says what to ask a patient who has more than one active coverage when the order of the payers is not settled',
    usageRequirements, prefetch,
  },
  {
    hook: 'appointment-book', id: 'payer-order-at-booking', title: 'Who pays first: ask at booking',
    description: 'The same for the day of the first appointment that is being booked',
    usageRequirements, prefetch,
  },
];
