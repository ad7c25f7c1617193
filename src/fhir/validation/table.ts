/**
 * What FHIR's StructureDefinitions say and JSON Schema can't, as `dist/generated/elements.json` holds it (made by
 * `src/build/elements.ts`).
 */
export interface ElementTable {
  readonly resourceTypes: readonly string[];
  /** The elements of each complex type and resource type (`Period`, `Claim`) and each backbone (`Claim.item`). */
  readonly nodes: Readonly<Record<string, readonly ElementEntry[]>>;
  /** Value sets of required bindings that can be enumerated. */
  readonly valueSets: readonly ValueSetEntry[];
}

export interface ElementEntry {
  /** As in FHIRPath: a choice is named without `[x]`. */
  readonly name: string;
  /** Names of nodes or primitive types; `Resource` stands for any resource. */
  readonly types: readonly string[];
  /** It stands in JSON as the name followed by the type (`servicedDate`). */
  readonly choice?: true;
  readonly required?: true;
  readonly list?: true;
  /** Part of the summary view (R4 §3.1.1.5.8). */
  readonly summary?: true;
  /** Index into `valueSets`. */
  readonly valueSet?: number;
  /** Types that a Reference may lead to; absent: any. */
  readonly targets?: readonly string[];
}

export interface ValueSetEntry {
  readonly url: string;
  readonly codes: CodeList;
}

/** Codes by system. */
export type CodeList = Readonly<Record<string, readonly string[]>>;
