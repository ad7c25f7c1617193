/** What one search may ask. Beyond it: 400. */
export const LIMITS = {
  parameters: 200,
  /** Alternatives (`a,b`) over all parameters. */
  values: 500,
  /** Characters of a parameter's name, and of its value. */
  nameLength: 1_000,
  valueLength: 100_000,
  /** Characters of one alternative. */
  alternativeLength: 4_000,
  /** Chains and `_has` inside each other. */
  depth: 5,
  /** Types that all chains together may be followed into. */
  branches: 300,
} as const;
