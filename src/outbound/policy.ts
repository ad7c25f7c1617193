import { BlockList, isIP } from 'node:net';

/** Where Cobalt may connect to: nothing that is not named here, whatever an Endpoint or a DNS answer says. */
export interface OutboundRules {
  readonly hosts: readonly HostRule[];
  readonly networks: readonly Network[];
  /** This machine by its own names (`localhost`, `127.0.0.1`, `[::1]`), without TLS too. */
  readonly loopback: boolean;
}

/** A host by its name; `*.payer.example` is every name below payer.example. Without a port: those of http and https. */
export interface HostRule {
  readonly name: string;
  readonly port?: string;
}

export interface Network {
  readonly address: string;
  readonly prefix: number;
}

/** The rules do not allow a connection; nothing was sent. The message names no address. */
export class OutboundRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OutboundRefused';
  }
}

/** Networks that are no public address (IANA special-purpose registries, RFC 6890), and those that carry an IPv4 address in an IPv6 one. */
const NOT_PUBLIC = {
  ipv4: ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ipv6: ['::/96', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
} as const;

const HOST = /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?$/;

/**
 * Rules from a list such as `fhir.payer.example, *.clearinghouse.example:8443, 10.20.0.0/16`; undefined where one of its
 * items is neither a host nor a network.
 */
export function readOutboundRules(text: string, loopback: boolean): OutboundRules | undefined {
  const items = text.split(',').map((item) => item.trim().toLowerCase()).filter((item) => item !== '');
  const networks = items.map(networkOf);
  const hosts = items.map((item) => (HOST.test(item) && isIP(item) === 0 ? hostOf(item) : undefined));
  if (items.some((_, index) => !networks[index] && !hosts[index])) return undefined;
  return { hosts: hosts.filter((host) => host !== undefined), networks: networks.filter((network) => network !== undefined), loopback };
}

function hostOf(item: string): HostRule {
  const [name = '', port] = item.split(':');
  return { name, ...(port === undefined ? {} : { port }) };
}

function networkOf(item: string): Network | undefined {
  const [address = '', length, more] = item.split('/');
  const family = isIP(address);
  const prefix = Number(length ?? (family === 4 ? 32 : 128));
  const isPrefix = length === undefined || /^\d{1,3}$/.test(length);
  return family !== 0 && more === undefined && isPrefix && prefix <= (family === 4 ? 32 : 128) ? { address, prefix } : undefined;
}

/** Judges URLs before, and addresses at the connection: a name that resolves to another network later gets nowhere. */
export class OutboundPolicy {
  readonly #rules: OutboundRules;
  readonly #allowed: BlockList;

  constructor(rules: OutboundRules) {
    this.#rules = rules;
    this.#allowed = blockList(rules.networks);
  }

  /**
   * The URL, if it may be asked at all.
   * @throws {OutboundRefused} no http or https, a user in it, plain http to another machine, a host that is not allowed.
   */
  allowedUrl(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) throw new OutboundRefused('The address is no http or https URL');
    if (url.username !== '' || url.password !== '') throw new OutboundRefused('The address holds a user or a password: keep credentials out of it');
    if (this.#isOwnMachine(url)) return url;
    if (url.protocol !== 'https:') throw new OutboundRefused('The address is plain http to another machine: use https');
    const address = bare(url.hostname);
    const isAllowed = isIP(address) === 0 ? this.#rules.hosts.some((rule) => matches(rule, url)) : this.#isInAllowedNetwork(address);
    if (!isAllowed) throw new OutboundRefused('The address is of no host that COBALT_OUTBOUND allows: add it there if it is a payer’s');
    return url;
  }

  /** Whether a connection for `url`, which is allowed, may go to this address, which its host resolved to. */
  allowsAddress(url: URL, address: string): boolean {
    if (this.#isOwnMachine(url)) return LOOPBACK.check(address, family(address));
    return this.#isInAllowedNetwork(address) || isPublic(address);
  }

  #isOwnMachine({ hostname }: URL): boolean {
    const address = bare(hostname);
    return this.#rules.loopback && (hostname === 'localhost' || (isIP(address) !== 0 && LOOPBACK.check(address, family(address))));
  }

  #isInAllowedNetwork(address: string): boolean {
    return this.#allowed.check(address, family(address));
  }
}

const DEFAULT_PORTS: readonly string[] = ['', '443'];

function matches({ name, port }: HostRule, url: URL): boolean {
  const host = url.hostname.replace(/\.$/, '');
  const isName = name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name;
  return isName && (port === undefined ? DEFAULT_PORTS.includes(url.port) : (url.port || '443') === port);
}

/** An IPv6 address stands in brackets in a URL. */
const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

function blockList(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const { address, prefix } of networks) list.addSubnet(address, prefix, family(address));
  return list;
}

const listed = (networks: readonly string[]): BlockList => blockList(networks.flatMap((network) => networkOf(network) ?? []));

/** A list for each family: in one of both, `::ffff:0:0/96` would be every IPv4 address. */
const SPECIAL = { ipv4: listed(NOT_PUBLIC.ipv4), ipv6: listed(NOT_PUBLIC.ipv6) };
const isPublic = (address: string): boolean => !SPECIAL[family(address)].check(address, family(address));

const LOOPBACK = blockList([{ address: '127.0.0.0', prefix: 8 }, { address: '::1', prefix: 128 }]);
