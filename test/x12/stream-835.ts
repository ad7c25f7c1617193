/** An 835 of any size as a stream: functional groups of one remittance of 200 claims each, in pieces of 64 KB. */
const CLAIMS = 200;

const claim = (number: number): string => [
  `CLP*PCN${number}*1*505.00*132.39*93.10*12*ICN${number}*11*1~`, 'NM1*QC*1*BEAUCHENE*ODILE****MI*IR550912~', 'DTM*232*20260224~',
  'SVC*HC:99215:25*320.00*110.92**1~', 'DTM*472*20260224~', 'CAS*CO*45*121.35~', 'CAS*PR*1*60.00**2*27.73~', 'REF*6R*1~', 'AMT*B6*198.65~',
  'SVC*HC:93000*110.00*21.47**1~', 'DTM*472*20260224~', 'CAS*CO*45*83.16~', 'CAS*PR*2*5.37~', 'REF*6R*2~', 'AMT*B6*26.84~',
  'SVC*HC:96372*75.00*0.00**1~', 'DTM*472*20260224~', 'CAS*CO*97*75.00~', 'REF*6R*3~', 'LQ*HE*M15~',
].join('\n');
const SEGMENTS_A_CLAIM = 20;

function group(number: number): string {
  const claims = Array.from({ length: CLAIMS }, (_, index) => claim(number * CLAIMS + index)).join('\n');
  const head = `GS*HP*IRG60*893000001*20260311*0615*${number}*X*005010X221A1~\nST*835*0001~\nBPR*I*${(132.39 * CLAIMS).toFixed(2)}*C*ACH************20260312~\nTRN*1*T${number}*1894000004~\nN1*PR*IRONGATE BENEFITS*XV*IRG60~\nN1*PE*PEBBLE CREEK CLINIC*XX*1002000119~\nLX*1~\n`;
  return `${head}${claims}\nSE*${CLAIMS * SEGMENTS_A_CLAIM + 7}*0001~\nGE*1*${number}~\n`;
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
