import { isIP } from 'node:net';

/**
 * Which `Host` headers a server accepts that listens on loopback only: loopback names, and the host of its base URL.
 * Without it, a page of another site whose name is made to resolve to 127.0.0.1 could read this server (DNS rebinding).
 */
export function loopbackHosts(baseUrl: string): (host: string | undefined) => boolean {
  const own = new URL(baseUrl).host.toLowerCase();
  return (host) => host !== undefined && (host.toLowerCase() === own || isLoopback(hostName(host)));
}

const hostName = (host: string): string => host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1').toLowerCase();

/** 127.0.0.0/8, ::1 and the name localhost. */
export const isLoopback = (name: string): boolean => name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
