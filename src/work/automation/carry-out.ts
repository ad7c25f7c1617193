import type { Claim, FhirResource } from 'fhir/r4.js';
import type { DeriveInput } from '../../claims/derive/derive.js';
import { FhirError } from '../../fhir/outcome.js';
import { evaluate, type Evaluation, type EvaluationContext } from './evaluate.js';
import type { Asking } from './state.js';

export interface CarriedOut extends Evaluation {
  /** The next payer's claim as it stands now. */
  readonly claim: Claim | undefined;
}

/** So often what is stored is looked at anew because it changed meanwhile. */
const MEETINGS = 5;

/**
 * Evaluates and writes what comes of it, for a person who asks. `load` is asked again when what it gave was changed
 * before it could be written.
 * @throws {FhirError} 412 when others change the same claims all the time.
 */
export async function carryOut(load: () => Promise<DeriveInput>, context: EvaluationContext, asking: Asking): Promise<CarriedOut> {
  for (let meetings = 1; ; meetings++) {
    const evaluation = await evaluate(await load(), context, asking);
    const { changes, claim } = evaluation.plan;
    try {
      const left = await context.resources.commit(changes, { orInOrder: true });
      return { ...evaluation, claim: left.find((resource) => isSame(resource, claim)) ?? claim };
    } catch (error) {
      if (!(error instanceof FhirError) || error.status !== 412 || meetings === MEETINGS) throw error;
    }
  }
}

const isSame = (resource: FhirResource, claim: Claim | undefined): resource is Claim => resource.resourceType === 'Claim' && resource.id === claim?.id;
