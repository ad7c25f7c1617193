import type { Claim, Coverage, FhirResource, Organization } from 'fhir/r4.js';
import type { PayerKind } from '../../cob/types.js';
import { readPayerRules, type PayerRules } from '../../claims/deadlines/payer-rules.js';
import { focalCoverageOf } from '../../claims/derive/chain.js';
import { readAdjudication } from '../../claims/index.js';
import type { Decision } from '../../claims/read-header.js';
import type { Resources } from '../../fhir/resources.js';
import { readReference } from '../derivation/lookup.js';
import { kindOf } from '../payer-kind.js';

/** Who decided, as far as it is known. */
export interface DecidingPayer {
  readonly coverage: Coverage | undefined;
  readonly organization: Organization | undefined;
  readonly kind: PayerKind | undefined;
  readonly rules: PayerRules;
}

/** The payer of the coverage that a decision names, else of its claim's focal one; else the insurer that it names. Contained resources count. */
export async function decidingPayer(decision: Decision, claim: Claim | undefined, resources: Resources): Promise<DecidingPayer> {
  const { coverage: named } = readAdjudication(decision).adjudication;
  const found = await from(named, decision, resources) ?? (claim && await from(focalCoverageOf(claim), claim, resources));
  const coverage = found?.resourceType === 'Coverage' ? (found as Coverage) : undefined;
  const payor = await from(coverage?.payor[0]?.reference, coverage, resources) ?? await from(decision.insurer?.reference, decision, resources);
  const organization = payor?.resourceType === 'Organization' ? (payor as Organization) : undefined;
  return { coverage, organization, kind: coverage && kindOf(coverage), rules: readPayerRules(organization) };
}

async function from(reference: string | undefined, holder: Claim | Decision | Coverage | undefined, resources: Resources): Promise<FhirResource | undefined> {
  if (!reference?.startsWith('#')) return readReference(reference, resources);
  return holder?.contained?.find(({ id }) => `#${id ?? ''}` === reference) as FhirResource | undefined;
}
