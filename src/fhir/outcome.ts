import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js';

export type IssueCode = OperationOutcomeIssue['code'];

/** One issue of an OperationOutcome, as Cobalt states it. */
export interface Issue {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information';
  readonly code: IssueCode;
  /** What is wrong and what to do, without patient data. */
  readonly text: string;
  /** FHIRPath that resolves on what the client sent, e.g. `Bundle.entry[1].resource.status`. */
  readonly expression?: string;
  /** A stable id for programs (rule id, error code). */
  readonly id?: string;
}

/** The system of `details.coding` for the ids of Cobalt's own issues. */
export const ISSUE_SYSTEM = 'https://cobalt.example/fhir/CodeSystem/issue';

export function toOutcome(issues: readonly Issue[]): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: issues.map((issue) => ({
      severity: issue.severity,
      code: issue.code,
      details: { ...(issue.id ? { coding: [{ system: ISSUE_SYSTEM, code: issue.id }] } : {}), text: issue.text },
      ...(issue.expression ? { expression: [issue.expression] } : {}),
    })),
  };
}

/** The one error of Cobalt: an HTTP status and the issues that say why. Whatever else is thrown is a 500. */
export class FhirError extends Error {
  readonly status: number;
  readonly issues: readonly Issue[];
  /** Headers that the answer must carry (`Retry-After`, `Allow` …). */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, issues: Issue | readonly Issue[], headers: Record<string, string> = {}) {
    const list: readonly Issue[] = Array.isArray(issues) ? (issues as readonly Issue[]) : [issues as Issue];
    super(list[0]?.text ?? `status ${status}`);
    this.name = 'FhirError';
    this.status = status;
    this.issues = list;
    this.headers = headers;
  }

  get outcome(): OperationOutcome {
    return toOutcome(this.issues);
  }

  /** The same error as seen from outside: every expression begins with `prefix` instead of the resource's type. */
  within(prefix: string): FhirError {
    return new FhirError(
      this.status,
      this.issues.map((issue) => ({ ...issue, expression: issue.expression ? issue.expression.replace(/^[A-Za-z]+/, () => prefix) : prefix })),
      { ...this.headers },
    );
  }
}

const single = (status: number, code: IssueCode) =>
  (text: string, expression?: string, id?: string): FhirError =>
    new FhirError(status, { severity: 'error', code, text, ...(expression ? { expression } : {}), ...(id ? { id } : {}) });

/** The catalogue of errors, by what they mean. Each is made with (text, expression?, id?). */
export const errors = {
  structure: single(400, 'structure'),
  invalid: single(400, 'invalid'),
  value: single(400, 'value'),
  required: single(400, 'required'),
  notSupported: single(400, 'not-supported'),
  forbidden: single(403, 'forbidden'),
  notFound: single(404, 'not-found'),
  methodNotAllowed: single(405, 'not-supported'),
  notAcceptable: single(406, 'not-supported'),
  conflict: single(409, 'conflict'),
  gone: single(410, 'deleted'),
  versionConflict: single(412, 'conflict'),
  multipleMatches: single(412, 'multiple-matches'),
  tooLarge: single(413, 'too-long'),
  mediaType: single(415, 'not-supported'),
  businessRule: single(422, 'business-rule'),
  processing: single(422, 'processing'),
  tooBusy: single(503, 'throttled'),
  notImplemented: single(501, 'not-supported'),
} as const;
