/** A token is not accepted. The message says why, in words that may be shown: nothing of the token stands in it. */
export class TokenRefused extends Error {
  readonly reason: 'invalid' | 'expired';
  constructor(message: string, reason: 'invalid' | 'expired' = 'invalid') {
    super(message);
    this.name = 'TokenRefused';
    this.reason = reason;
  }
}

/** Whether a token counts could not be found out: its issuer does not answer. It is not accepted, and may be sent again. */
export class IssuerUnavailable extends Error {
  constructor() {
    super('The issuer of the token could not be asked');
    this.name = 'IssuerUnavailable';
  }
}
