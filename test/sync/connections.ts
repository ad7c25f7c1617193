import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

const OPENED = 'net.client.socket';

/** Sees every connection that this process opens, or tries to, whatever opens it (the diagnostics channel of node:net). */
export class Connections {
  readonly #to = new Set<string>();
  readonly #seen = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    socket.once('connect', () => this.#to.add(`${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`));
    socket.once('error', ({ address, port }: Error & { readonly address?: string; readonly port?: number }) => {
      if (port !== undefined) this.#to.add(`${address ?? ''}:${port}`);
    });
  };

  constructor() {
    subscribe(OPENED, this.#seen);
  }

  /** `127.0.0.1:8080` of all that are none of these (URLs). */
  otherThan(urls: readonly (string | undefined)[]): string[] {
    const own = new Set(urls.flatMap((url) => (url === undefined ? [] : [new URL(url).host])));
    return [...this.#to].filter((address) => !own.has(address)).sort();
  }

  close(): Promise<void> {
    unsubscribe(OPENED, this.#seen);
    return Promise.resolve();
  }
}
