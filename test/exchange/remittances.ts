export const X12 = { 'Content-Type': 'application/edi-x12' };

/** A file of so many remittances, each of one claim. */
export function remittances(sets: number, mark: string): string {
  const segments = Array.from({ length: sets }, (_, n) => {
    const body = [
      'BPR*I*60.00*C*ACH************20260312', `TRN*1*${mark}${n}*1894000004`, 'DTM*405*20260311', 'N1*PR*IRONGATE BENEFITS*XV*IRG60', 'N1*PE*PEBBLE CREEK CLINIC*XX*1002000119', 'LX*1',
      `CLP*${mark}${n}*1*100.00*60.00**12*P${n}`, 'NM1*QC*1*DOE*JANE', 'SVC*HC:99213*100.00*60.00**1', 'CAS*CO*45*40.00', 'DTM*472*20260301',
    ];
    const control = String(n + 1).padStart(4, '0');
    return [`ST*835*${control}`, ...body, `SE*${body.length + 2}*${control}`];
  }).flat();
  return [
    'ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260312*0900*^*00501*000000001*0*P*:', 'GS*HP*SENDER*RECEIVER*20260312*0900*1*X*005010X221A1',
    ...segments, `GE*${sets}*1`, 'IEA*1*000000001', '',
  ].join('~');
}
