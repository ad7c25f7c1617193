import type { Issue, IssueCode } from '../outcome.js';

/** One answer names at most so many faults; the rest shows when these are mended. */
export const MAX_ISSUES = 50;

/** The faults found so far and where the walk through a resource is, as FHIRPath. */
export class Findings {
  readonly issues: Issue[] = [];
  private readonly steps: (string | number)[] = [];
  private depth = 0;
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  get full(): boolean {
    return this.issues.length >= MAX_ISSUES;
  }

  enter(step: string | number): void {
    this.steps[this.depth++] = step;
  }

  leave(): void {
    this.depth--;
  }

  /** FHIRPath of where the walk is. */
  get here(): string {
    return fhirPath(this.root, this.steps.slice(0, this.depth));
  }

  /** `text` is a whole sentence; `below` a path from here. */
  report(code: IssueCode, text: string, id: string, below = '', from = this.here): void {
    if (!this.full) this.issues.push({ severity: 'error', code, text, expression: below ? `${from}.${below}` : from, id });
  }
}

export function fhirPath(root: string, steps: readonly (string | number)[]): string {
  let path = root;
  for (const step of steps) path += typeof step === 'number' ? `[${step}]` : `.${step}`;
  return path;
}
