/**
 * No token was to be had. `client`: the server does not know this client or its key, and asking again changes nothing.
 * `refused`: it does not give what was asked for. `discovery`: it does not say how to ask. `later`: it may give one later.
 */
export class TokenError extends Error {
  readonly reason: 'client' | 'refused' | 'discovery' | 'later';
  readonly status: number | undefined;
  /** Of the answer, for what is to be tried again. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;

  constructor(reason: TokenError['reason'], message: string, answer: Partial<Pick<TokenError, 'status' | 'headers'>> = {}) {
    super(message);
    this.name = 'TokenError';
    this.reason = reason;
    this.status = answer.status;
    this.headers = answer.headers ?? {};
  }
}
