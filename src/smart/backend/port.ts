/** One HTTP exchange with another machine, as far as authorization needs it. Rejects where no whole answer came. */
export type Exchange = (request: {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}) => Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>; readonly body: Uint8Array }>;

/** An answer's body as a JSON object; undefined where it is none. */
export function jsonObject(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
