import type { Coverage, Provenance } from 'fhir/r4.js';
import type { CobOrder } from '../../src/cob/index.js';
import { CANONICAL } from '../../src/fhir/canonical.js';
import type { OperationContext } from '../../src/fhir/operation/operation.js';
import type { ResourceChange } from '../../src/fhir/resources.js';

/** The definition of the operation that writes; named in the Provenance as the policy. */
const POLICY = `${CANONICAL}/OperationDefinition/Patient-i-cob-order`;

/**
 * Writes `Coverage.order` of the ranked coverages that do not have it yet, and a Provenance of them, in one commit.
 * Writes nothing while the order needs a human, or when every coverage has its place already.
 * @throws {FhirError} 412 when a coverage was changed since it was read.
 */
export async function applyOrder({ status, ranked }: CobOrder, coverages: readonly Coverage[], context: OperationContext): Promise<void> {
  if (status !== 'determined') return;
  const changed = ranked.flatMap(({ coverage: reference, order }): Coverage[] => {
    const coverage = coverages.find(({ id }) => reference === `Coverage/${id ?? ''}`);
    return coverage && coverage.order !== order ? [{ ...coverage, order }] : [];
  });
  if (changed.length === 0) return;
  await context.resources.commit([...changed.map(expectingItsVersion), { put: provenanceOf(changed, context), expectVersion: 0 }]);
}

const expectingItsVersion = (coverage: Coverage): ResourceChange =>
  coverage.meta?.versionId === undefined ? { put: coverage } : { put: coverage, expectVersion: Number(coverage.meta.versionId) };

const provenanceOf = (changed: readonly Coverage[], { newId, now }: OperationContext): Provenance => ({
  resourceType: 'Provenance',
  id: newId(),
  target: changed.map(({ id }) => ({ reference: `Coverage/${id ?? ''}` })),
  recorded: now().toISOString(),
  policy: [POLICY],
  activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'UPDATE' }] },
  agent: [{
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }] },
    who: { display: 'Cobalt, order of benefits' },
  }],
});
