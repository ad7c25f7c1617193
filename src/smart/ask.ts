/** One HTTP exchange with an issuer; the rules for other machines are kept by whoever gives it. Redirects are not followed. */
export type Ask = (request: { readonly method: 'GET' | 'POST'; readonly url: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: Uint8Array }) =>
  Promise<{ readonly status: number; readonly body: Uint8Array }>;

/** A JSON object that stands at an address. @throws {Error} when there is none. */
export async function askJson(ask: Ask, request: Parameters<Ask>[0], statuses: readonly number[] = [200]): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await ask({ ...request, headers: { Accept: 'application/json', ...request.headers } });
  if (!statuses.includes(status)) throw new Error(`answered ${status}`);
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('answered no JSON object');
  return value as Readonly<Record<string, unknown>>;
}
