import type { Coverage } from 'fhir/r4.js';
import { extension, oneOf } from './extensions.js';
import type { PayerKind } from './types.js';

export const PAYER_KINDS: readonly PayerKind[] = [
  'group-health', 'individual', 'medicare', 'medicare-advantage', 'medigap', 'medicaid', 'tricare', 'champva', 'va', 'ihs',
  'workers-comp', 'no-fault', 'liability', 'black-lung', 'ryan-white', 'state-program', 'non-coordinating',
];

/** A payer kind and what says so, e.g. `extension payer-kind` or `Coverage.type SOPT 121`. */
export interface InferredKind {
  readonly kind: PayerKind | 'no-coverage';
  readonly from: string;
  /** It stands as such in the extension; nothing was inferred. */
  readonly stated: boolean;
}

interface TypeSystem {
  readonly name: string;
  /** Does a longer code belong to the longest shorter one that is listed? */
  readonly hierarchical: boolean;
  /** `no-coverage`: not insurance at all (P10). Codes that fit several kinds are left out on purpose. */
  readonly kinds: Readonly<Record<string, PayerKind | 'no-coverage'>>;
}

const TYPE_SYSTEMS: Readonly<Record<string, TypeSystem>> = {
  'http://terminology.hl7.org/CodeSystem/v3-ActCode': {
    name: 'ActCode',
    hierarchical: false,
    kinds: {
      EHCPOL: 'group-health', HIP: 'group-health', HMO: 'group-health', PPO: 'group-health', POS: 'group-health', MCPOL: 'group-health',
      DENTAL: 'group-health', DENTPRG: 'group-health', VISPOL: 'group-health', DRUGPOL: 'group-health', MENTPOL: 'group-health', SUBPOL: 'group-health',
      GOVEMP: 'group-health', RETIRE: 'group-health',
      WCBPOL: 'workers-comp', AUTOPOL: 'no-fault', UNINSMOT: 'liability',
      MILITARY: 'tricare', VET: 'va', IND: 'ihs', HIVAIDS: 'ryan-white', CRIME: 'state-program', CANPRG: 'state-program',
      DISEASE: 'non-coordinating', LTC: 'non-coordinating', DIS: 'non-coordinating', LIFE: 'non-coordinating', TLIFE: 'non-coordinating', ULIFE: 'non-coordinating', ANNU: 'non-coordinating',
      HSAPOL: 'no-coverage', FLEXP: 'no-coverage', CHAR: 'no-coverage',
    },
  },
  'https://nahdo.org/sopt': {
    name: 'SOPT',
    hierarchical: true,
    kinds: {
      1: 'medicare', 11: 'medicare-advantage',
      2: 'medicaid',
      311: 'tricare', 321: 'va', 3221: 'champva', 33: 'ihs', 341: 'state-program', 343: 'ryan-white', 35: 'black-lung', 361: 'medicaid', 362: 'state-program', 391: 'group-health',
      5: 'group-health', 523: 'medigap', 6: 'group-health', 623: 'medigap', 7: 'group-health',
      81: 'no-coverage', 82: 'no-coverage', 84: 'no-coverage',
      93: 'non-coordinating', 94: 'non-coordinating', 95: 'workers-comp', 96: 'no-fault', 97: 'liability',
    },
  },
  'https://codesystem.x12.org/005010/1032': {
    name: 'X12 1032',
    hierarchical: false,
    kinds: {
      12: 'group-health', 13: 'group-health', 14: 'group-health', 15: 'group-health', 17: 'group-health', BL: 'group-health', CI: 'group-health', HM: 'group-health', FI: 'group-health',
      16: 'medicare-advantage', MA: 'medicare', MB: 'medicare', MC: 'medicaid', CH: 'tricare', VA: 'va', TV: 'state-program',
      AM: 'no-fault', LM: 'liability', WC: 'workers-comp', DS: 'non-coordinating', '09': 'no-coverage',
    },
  },
  'http://terminology.hl7.org/CodeSystem/coverage-selfpay': { name: 'self-pay', hierarchical: false, kinds: { pay: 'no-coverage' } },
};

/** SOPT 14 is a plan for people with Medicare and Medicaid: neither of the two by itself. */
const AMBIGUOUS = new Set(['SOPT 14']);

/** The payer kind of a coverage: stated, or inferred from the most specific coding of `Coverage.type`; undefined when neither says. */
export function payerKindOf(coverage: Coverage): InferredKind | undefined {
  const stated = oneOf(PAYER_KINDS, extension(coverage, 'payer-kind')?.valueCode);
  if (stated) return { kind: stated, from: 'extension payer-kind', stated: true };
  const inferred = (coverage.type?.coding ?? []).flatMap((coding): InferredKind[] => {
    const system = Object.hasOwn(TYPE_SYSTEMS, coding.system ?? '') ? TYPE_SYSTEMS[coding.system ?? ''] : undefined;
    const kind = system && coding.code ? longestMatch(system, coding.code) : undefined;
    return kind ? [{ kind, from: `Coverage.type ${system?.name} ${coding.code}`, stated: false }] : [];
  });
  return inferred.find(({ kind }) => kind !== 'group-health') ?? inferred[0];
}

function longestMatch({ name, hierarchical, kinds }: TypeSystem, code: string): PayerKind | 'no-coverage' | undefined {
  for (let length = code.length; length > 0; length = hierarchical ? length - 1 : 0) {
    const known = code.slice(0, length);
    if (AMBIGUOUS.has(`${name} ${known}`)) return undefined;
    if (Object.hasOwn(kinds, known)) return kinds[known];
  }
  return undefined;
}

const FEDERAL_EMPLOYEES = new Set(['https://nahdo.org/sopt|391', 'https://codesystem.x12.org/005010/1032|FI']);

/** Does `Coverage.type` say that it is a plan of the Federal Employees Health Benefits program (P5)? */
export const isFederalEmployeesPlan = (coverage: Coverage): boolean =>
  coverage.type?.coding?.some(({ system, code }) => FEDERAL_EMPLOYEES.has(`${system}|${code}`)) ?? false;

const CLOSED_PANEL = new Set(['http://terminology.hl7.org/CodeSystem/v3-ActCode|HMO', 'https://nahdo.org/sopt|511', 'https://codesystem.x12.org/005010/1032|HM']);

/** Does `Coverage.type` say that benefits come from panel providers only (N8, M16)? */
export const isClosedPanel = (coverage: Coverage): boolean =>
  coverage.type?.coding?.some(({ system, code }) => CLOSED_PANEL.has(`${system}|${code}`)) ?? false;
