/** What of an 837 becomes part of a resource, so that the rest can be named: nothing is dropped in silence. */
import { elementOf, idOf } from '../segment.js';
import type { ClaimLoops, Loop, LoopName } from './loops.js';

/** Segments by loop; with their first element where only those are read. */
const KEPT: Readonly<Partial<Record<LoopName, readonly string[]>>> = {
  '2000A': ['HL', 'PRV'],
  '2010A': ['NM1', 'N3', 'N4', 'PER', 'REF*EI', 'REF*SY', 'REF*0B', 'REF*1G', 'REF*G2', 'REF*LU'],
  '2000B': ['HL', 'SBR'],
  '2010B': ['NM1', 'N3', 'N4', 'DMG', 'REF*G2'],
  '2000C': ['HL', 'PAT'],
  '2010C': ['NM1', 'N3', 'N4', 'DMG'],
  '2300': ['CLM', 'DTP*434', 'DTP*435', 'DTP*439', 'CL1', 'PWK', 'AMT*F3', 'AMT*F5', 'REF*9F', 'REF*G1', 'REF*F8', 'HI'],
  '2310': ['NM1', 'N3', 'N4', 'PRV', 'REF*0B', 'REF*1G', 'REF*G2', 'REF*LU', 'REF*EI', 'REF*SY'],
  '2320': ['SBR', 'CAS', 'AMT*D', 'AMT*A8', 'AMT*EAF', 'OI', 'MIA', 'MOA'],
  '2330': ['NM1', 'N3', 'N4', 'DTP*573', 'REF*G1', 'REF*F8'],
  '2400': ['LX', 'SV1', 'SV2', 'SV3', 'TOO', 'DTP*472', 'REF*6R'],
  '2410': ['LIN', 'CTP'],
  '2420': ['NM1', 'N3', 'N4', 'PRV', 'REF*0B', 'REF*1G', 'REF*G2', 'REF*LU'],
  '2430': ['SVD', 'CAS', 'DTP*573', 'AMT*EAF'],
};

/** Kinds of segments of a claim and the loops around it that have no place in FHIR here, each once: `2300 CR1`, `2400 DTP*463`. */
export function segmentsNotKept({ subscriber, patient, claim }: ClaimLoops): string[] {
  const found = new Set<string>();
  const visit = (loop: Loop, isWhole: boolean): void => {
    for (const segment of loop.segments) {
      const [id, qualified] = [idOf(segment), `${idOf(segment)}*${elementOf(segment, 1)}`];
      const kept = KEPT[loop.name] ?? [];
      if (!kept.includes(id) && !kept.includes(qualified)) found.add(`${loop.name} ${QUALIFIED.has(id) ? qualified : id}`);
    }
    if (isWhole) for (const inner of loop.loops) visit(inner, true);
  };
  for (const around of [subscriber, patient]) {
    if (!around) continue;
    visit(around, false);
    for (const inner of around.loops) if (inner.name === '2010B' || inner.name === '2010C') visit(inner, true);
  }
  visit(claim, true);
  return [...found].sort();
}

/** Segments whose first element says what they are. */
const QUALIFIED: ReadonlySet<string> = new Set(['REF', 'DTP', 'AMT', 'QTY']);
