/** Services as X12 writes them (data element 235 and its value) and as FHIR codes them. */
const CPT = 'http://www.ama-assn.org/go/cpt';
const HCPCS = 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets';

/** CPT: four digits, and a fifth or the letter of its categories II, III and its special sections. */
const CPT_SHAPE = /^\d{4}[\dAFMTU]$/;

const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['AD', 'http://www.ada.org/cdt'],
  ['N4', 'http://hl7.org/fhir/sid/ndc'],
  ['NU', 'https://www.nubc.org/CodeSystem/RevenueCodes'],
  ['HP', 'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/ProspMedicareFeeSvcPmtGen/HIPPSCodes'],
]);

/** The code system of a service; undefined for a qualifier that names none. `HC` stands for CPT and HCPCS alike. */
export const serviceSystem = (qualifier: string, code: string): string | undefined =>
  qualifier === 'HC' ? (CPT_SHAPE.test(code) ? CPT : HCPCS) : SYSTEMS.get(qualifier);

/** X12 235 of a revenue code. */
export const REVENUE = 'NU';

/** X12 235 of a service by its code system: `HC` where none of the others is named. */
export const serviceQualifier = (system: string | undefined): string => [...SYSTEMS].find(([, known]) => known === system)?.[0] ?? 'HC';
