import type { Coverage, Extension, Patient, RelatedPerson } from 'fhir/r4.js';
import type { CobInput, CobSettings, EmploymentBasis, PayerKind, RelatedCause, RuleId, StatedOrder } from '../../src/cob/index.js';

/** A coverage in few words. What is left out is not stated, but for `from` (2010-01-01 unless null). */
export interface PlanFacts {
  /** Default group-health; null: not stated. */
  readonly kind?: PayerKind | null;
  readonly status?: Coverage['status'];
  /** `Coverage.type` as `system|code`. */
  readonly type?: string;
  readonly rel?: 'self' | 'spouse' | 'child' | 'parent' | 'common' | 'other' | 'injured';
  /** Key in `people` of the subscriber, or `patient`. */
  readonly by?: string;
  readonly basis?: EmploymentBasis;
  readonly size?: number;
  readonly multi?: boolean;
  readonly largest?: number;
  readonly elected?: boolean;
  readonly disabilityPay?: string;
  readonly from?: string | null;
  readonly to?: string;
  /** Extension first-covered. */
  readonly since?: string;
  readonly covers?: readonly string[];
  readonly provision?: boolean;
  readonly order?: number;
  /** What its source said of it last: `gone` since a day, or `partial` as of one; `confirmed`: when somebody asked. */
  readonly gone?: string;
  readonly partial?: string;
  readonly confirmed?: string;
  readonly medicare?: { readonly by?: readonly ('age' | 'disability' | 'esrd')[]; readonly esrd?: string; readonly months?: number; readonly before?: boolean };
}

export interface Facts {
  /** Date of service; default 2024-06-15. */
  readonly on?: string;
  readonly service?: string;
  readonly cause?: RelatedCause;
  readonly va?: boolean;
  readonly born?: string;
  readonly family?: { readonly together?: boolean; readonly custody?: string; readonly decree?: { readonly kind?: string; readonly responsible?: string; readonly known?: string } };
  readonly people?: Readonly<Record<string, { readonly role?: string; readonly born?: string; readonly partnerOf?: string }>>;
  readonly plans: Readonly<Record<string, PlanFacts>>;
  readonly settings?: CobSettings;
  /** Ids of plans whose payers have decided. */
  readonly decided?: readonly string[];
  readonly stated?: readonly StatedOrder[];
}

const BASE = 'https://cobalt.example/fhir/StructureDefinition/';

export const inputOf = ({ on = '2024-06-15', service = 'medical', cause = 'none', va, born, family, people = {}, plans, settings, stated, decided }: Facts): CobInput => ({
  coverages: Object.entries(plans).map(([id, facts]) => coverageOf(id, facts)),
  patient: patientOf(born, family),
  relatedPersons: Object.entries(people).map(([id, person]) => personOf(id, person)),
  organizations: [],
  date: on,
  benefitType: service,
  relatedCause: cause,
  vaAuthorized: va,
  ...(settings ? { settings } : {}),
  ...(decided ? { decided: new Set(decided.map((id) => `Coverage/${id}`)) } : {}),
  ...(stated ? { statedOrders: stated } : {}),
});

function coverageOf(id: string, facts: PlanFacts): Coverage {
  const [system, code] = facts.type?.split('|') ?? [];
  const period = { ...(facts.from === null ? {} : { start: facts.from ?? '2010-01-01' }), ...(facts.to ? { end: facts.to } : {}) };
  return {
    resourceType: 'Coverage',
    id,
    ...(facts.gone || facts.partial ? { meta: { extension: complex('upstream', [['missingSince', 'valueInstant', facts.gone && `${facts.gone}T12:00:00Z`], ['incomplete', 'valueBoolean', facts.partial && true], ['lastUpdated', 'valueInstant', facts.partial && `${facts.partial}T12:00:00Z`]]) as Extension[] } } : {}),
    extension: extensionsOf(facts),
    status: facts.status ?? 'active',
    ...(code ? { type: { coding: [{ system: system ?? '', code }] } } : {}),
    ...(facts.by ? { subscriber: { reference: personReference(facts.by) } } : {}),
    beneficiary: { reference: 'Patient/patient' },
    ...(facts.rel ? { relationship: { coding: [{ code: facts.rel }] } } : {}),
    ...(Object.keys(period).length > 0 ? { period } : {}),
    payor: [{ display: 'payor' }],
    ...(facts.order === undefined ? {} : { order: facts.order }),
  };
}

const personReference = (key: string): string => (key === 'patient' ? 'Patient/patient' : `RelatedPerson/${key}`);

function extensionsOf({ kind = 'group-health', basis, size, multi, largest, elected, disabilityPay, since, covers = [], provision, medicare, confirmed }: PlanFacts): Extension[] {
  return [
    ...(kind ? [{ url: `${BASE}payer-kind`, valueCode: kind }] : []),
    ...covers.map((valueCode) => ({ url: `${BASE}benefit-type`, valueCode })),
    ...complex('employment', [
      ['basis', 'valueCode', basis], ['employerSize', 'valuePositiveInt', size], ['multiEmployer', 'valueBoolean', multi],
      ['largestEmployerSize', 'valuePositiveInt', largest], ['smallEmployerElection', 'valueBoolean', elected], ['disabilityPayFrom', 'valueDate', disabilityPay],
    ]),
    ...complex('medicare-entitlement', [
      ...(medicare?.by ?? []).map((reason): Part => ['reason', 'valueCode', reason]),
      ['esrdCoordinationStart', 'valueDate', medicare?.esrd], ['coordinationMonths', 'valuePositiveInt', medicare?.months], ['primaryBeforeEsrd', 'valueBoolean', medicare?.before],
    ]),
    ...complex('cob-rules', [['provision', 'valueBoolean', provision]]),
    ...(confirmed ? [{ url: `${BASE}confirmed`, valueDate: confirmed }] : []),
    ...(since ? [{ url: `${BASE}first-covered`, valueDate: since }] : []),
  ];
}

type Part = readonly [url: string, element: string, value: unknown];

function complex(name: string, parts: readonly Part[]): Extension[] {
  const stated = parts.filter(([, , value]) => value !== undefined).map(([url, element, value]) => ({ url, [element]: value }));
  return stated.length > 0 ? [{ url: BASE + name, extension: stated }] : [];
}

function patientOf(born: string | undefined, family: Facts['family']): Patient {
  const decree = family?.decree;
  const parts: Extension[] = family ? [
    ...(family.together === undefined ? [] : [{ url: 'parentsTogether', valueBoolean: family.together }]),
    ...(family.custody ? [{ url: 'custodialParent', valueReference: { reference: personReference(family.custody) } }] : []),
    ...(decree ? [{
      url: 'decree',
      extension: [
        ...(decree.kind ? [{ url: 'kind', valueCode: decree.kind }] : []),
        ...(decree.responsible ? [{ url: 'responsibleParent', valueReference: { reference: personReference(decree.responsible) } }] : []),
        ...(decree.known ? [{ url: 'knownSince', valueDate: decree.known }] : []),
      ],
    }] : []),
  ] : [];
  return {
    resourceType: 'Patient',
    id: 'patient',
    ...(family ? { extension: [{ url: `${BASE}family-situation`, extension: parts }] } : {}),
    ...(born ? { birthDate: born } : {}),
  };
}

const personOf = (id: string, { role, born, partnerOf }: NonNullable<Facts['people']>[string]): RelatedPerson => ({
  resourceType: 'RelatedPerson',
  id,
  ...(partnerOf ? { extension: [{ url: `${BASE}partner-of`, valueReference: { reference: personReference(partnerOf) } }] } : {}),
  patient: { reference: 'Patient/patient' },
  ...(role ? { relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: role }] }] } : {}),
  ...(born ? { birthDate: born } : {}),
});

/** One case of a rule: what is known, and what must come of it. */
export interface RuleCase {
  /** Must be named in the answer: in a row, a step of the trace, or a question. */
  readonly rule: RuleId;
  readonly title: string;
  readonly facts: Facts;
  /** Ids first to last, ` = ` between plans that share equally. Not given: a question is expected. */
  readonly order?: string;
  /** `id:code` of every excluded coverage; not compared when left out. */
  readonly excluded?: string;
  /** A part of the expression of each missing fact, in the order they are asked. No others may be missing. */
  readonly asks?: readonly string[];
}
