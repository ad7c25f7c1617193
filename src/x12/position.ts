/** Where in an X12 file something stands, counted as the standards count: the first segment is 1, `CLP03` is element 3. */
export interface Position {
  /** Ordinal of the segment in the whole file, from 1. */
  readonly segment: number;
  /** Segment id, e.g. `CLP`; empty where there is none to read. */
  readonly id: string;
  readonly element?: number | undefined;
  /** Component of a composite element, from 1. */
  readonly component?: number | undefined;
}

/** `segment 17, CLP03`, `segment 22, SVC01-2`. */
export function describePosition({ segment, id, element, component }: Position): string {
  if (id === '') return `segment ${segment}`;
  if (element === undefined) return `segment ${segment}, ${id}`;
  return `segment ${segment}, ${id}${String(element).padStart(2, '0')}${component === undefined ? '' : `-${component}`}`;
}

/** What made a file unreadable, as the issue of an OperationOutcome names it. */
export type X12ErrorCode =
  /** Where ISA should stand there is something else, or ISA is not its fixed 106 characters. */
  | 'x12-interchange'
  /** The file ends too early, or something follows its end. */
  | 'x12-truncated'
  | 'x12-trailing'
  /** A segment has no valid id, is empty, or has no end. */
  | 'x12-segment'
  /** Headers and trailers do not enclose one another. */
  | 'x12-envelope'
  /** A trailer's count or control number is not its header's. */
  | 'x12-count'
  | 'x12-control-number'
  /** A transaction set of another kind than the one that is read. */
  | 'x12-transaction-set'
  /** A required element is missing, or one is not of its type. */
  | 'x12-element'
  /** A value to be written contains a delimiter. */
  | 'x12-delimiter';

/** A file that can't be read (or written) as X12. The message says where and what, and repeats no value that might be a patient's. */
export class X12Error extends Error {
  readonly code: X12ErrorCode;
  readonly position: Position;

  constructor(code: X12ErrorCode, position: Position, message: string) {
    super(`${describePosition(position)}: ${message}`);
    this.name = 'X12Error';
    this.code = code;
    this.position = position;
  }
}
