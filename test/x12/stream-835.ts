/** An 835 of any size as a stream: functional groups of one remittance of 200 claims each, in pieces of 64 KB. */
import { centsOf, formatCents } from '../../src/claims/money.js';

const CLAIMS = 200;

interface Visit {
  readonly services: readonly (readonly [code: string, cents: number, revenue?: string])[];
  /** Between the names and the references, as payers send them. */
  readonly medicare: readonly string[];
  readonly indicator: string;
  readonly place: string;
}

/** What clinics and hospitals are paid for, by turns: visits, laboratory, therapy, imaging, surgery, an inpatient stay. */
const VISITS: readonly Visit[] = [
  { services: [['HC:99214:25', 21_500], ['HC:20610:RT', 18_040], ['HC:J3301', 4_488]], medicare: ['MOA***MA01*MA18'], indicator: 'MB', place: '11*1' },
  { services: [['HC:80053', 6_210], ['HC:85025', 4_100], ['HC:83036', 5_325], ['HC:36415', 1_200]], medicare: ['MOA***MA01'], indicator: 'MB', place: '81*1' },
  { services: [['HC:97110:GP:59', 9_000], ['HC:97140:GP', 8_250], ['HC:97530:GP', 9_640]], medicare: [], indicator: '12', place: '11*1' },
  { services: [['HC:70450:26', 31_000]], medicare: [], indicator: 'CI', place: '22*1' },
  { services: [['HC:29881:LT', 412_000], ['HC:29875:LT:51', 187_500]], medicare: ['MOA*.8*125.5*MA01'], indicator: 'MB', place: '24*1' },
  { services: [['NU:0120', 540_000, '0120'], ['NU:0250', 88_316, '0250'], ['HC:71046', 24_900, '0324']], medicare: ['MIA*4**1320.25**MA01*1250.11*70.14'], indicator: 'MA', place: '11*1**470' },
];

const LAST = ['BEAUCHENE', 'OKONKWO', 'LINDQVIST', 'RAMIREZ', 'TATE', 'NAKAGAWA', 'VAN DER BERG'];
const FIRST = ['ODILE', 'CHINWE', 'PER', 'LUZ', 'AMOS', 'HANA'];
const amount = (cents: number): string => formatCents(centsOf(cents));
const day = (number: number): string => `202601${String(1 + (number % 28)).padStart(2, '0')}`;

/** The segments of one claim, which balances, and what was paid for it. */
function claim(number: number): { readonly segments: readonly string[]; readonly paid: number } {
  const { services, medicare, indicator, place } = VISITS[number % VISITS.length] as Visit;
  const lines = services.map(([code, base, revenue = ''], index) => {
    const charge = base + (number % 89) * 10;
    const isDenied = (number + index) % 11 === 0;
    const allowed = isDenied ? 0 : Math.floor(charge * 0.62);
    const coinsurance = isDenied ? 0 : Math.floor(allowed * 0.2);
    const sequestration = indicator.startsWith('M') && !isDenied ? Math.floor((allowed - coinsurance) * 0.02) : 0;
    const paid = allowed - coinsurance - sequestration;
    return {
      charge, paid, coinsurance, segments: [
        `SVC*${code}*${amount(charge)}*${amount(paid)}*${revenue}*1`, `DTM*472*${day(number)}`,
        ...(isDenied ? [`CAS*CO*97*${amount(charge)}`] : [`CAS*CO*45*${amount(charge - allowed)}${sequestration > 0 ? `**253*${amount(sequestration)}` : ''}`, `CAS*PR*2*${amount(coinsurance)}`]),
        'REF*LU*11', `REF*6R*${index + 1}`, `AMT*B6*${amount(allowed)}`, ...(isDenied ? ['LQ*HE*M15', 'LQ*HE*N390'] : index === 0 ? ['LQ*HE*N669'] : []),
      ],
    };
  });
  const total = (of: (line: (typeof lines)[number]) => number): number => lines.reduce((sum, line) => sum + of(line), 0);
  const paid = total((line) => line.paid);
  const segments = [
    `CLP*PCN${100_000 + number}*1*${amount(total((line) => line.charge))}*${amount(paid)}*${amount(total((line) => line.coinsurance))}*${indicator}*2226${1_000_000 + number}*${place}`,
    `NM1*QC*1*${LAST[number % LAST.length] ?? ''}*${FIRST[number % FIRST.length] ?? ''}*Q***MI*1EG4TE5MK${10 + (number % 90)}`, 'NM1*82*1*ALDERTON*MERRICK****XX*1002000119',
    ...medicare, `REF*EA*MRN${number}`, 'REF*1L*GRP-4471', `DTM*232*${day(number)}`, `DTM*233*${day(number)}`, 'DTM*050*20260129', `AMT*AU*${amount(total((line) => line.charge))}`,
    ...lines.flatMap((line) => line.segments),
  ];
  return { segments, paid };
}

function group(number: number): string {
  const claims = Array.from({ length: CLAIMS }, (_, index) => claim(number * CLAIMS + index));
  const paid = claims.reduce((sum, one) => sum + one.paid, 0);
  const set = [
    'ST*835*0001', `BPR*I*${amount(paid - 12_50)}*C*ACH*CCP*01*091000019*DA*4471002*1894000004**01*091000022*DA*99812*20260312`, `TRN*1*T${number}*1894000004`, 'REF*EV*893000001', 'DTM*405*20260310',
    'N1*PR*IRONGATE BENEFITS*XV*IRG60', 'N3*PO BOX 6000', 'N4*DENVER*CO*80201', 'REF*2U*IRG61', 'PER*BL*PROVIDER SERVICES*TE*8005550100',
    'N1*PE*PEBBLE CREEK CLINIC*XX*1002000119', 'REF*TJ*893000001', 'LX*1', ...claims.flatMap((one) => one.segments), 'PLB*1002000119*20261231*WO:T77*12.50',
  ];
  return `${[`GS*HP*IRG60*893000001*20260311*0615*${number}*X*005010X221A1`, ...set, `SE*${set.length + 1}*0001`, `GE*1*${number}`].join('~\n')}~\n`;
}

/** At least `bytes` long. */
export function* remittanceStream(bytes: number): Generator<Buffer> {
  let sent = 0;
  let groups = 0;
  let rest = 'ISA*00*          *00*          *ZZ*IRG60          *ZZ*893000001      *260311*0615*^*00501*000008301*0*P*:~\n';
  const pieces = function* (): Generator<Buffer> {
    for (; rest.length >= 65_536; rest = rest.slice(65_536)) {
      sent += 65_536;
      yield Buffer.from(rest.slice(0, 65_536), 'latin1');
    }
  };
  while (sent < bytes) {
    rest += group(++groups);
    yield* pieces();
  }
  yield Buffer.from(`${rest}IEA*${groups}*000008301~\n`, 'latin1');
}
