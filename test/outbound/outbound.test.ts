import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { outbound, readOutboundRules } from '../../src/outbound/index.js';
import { OutboundPolicy } from '../../src/outbound/policy.js';

const rules = (text: string, loopback = false) => readOutboundRules(text, loopback)!;

describe('what COBALT_OUTBOUND may hold', () => {
  test.each([
    ['', { hosts: [], networks: [] }],
    ['fhir.payer.example', { hosts: [{ name: 'fhir.payer.example' }], networks: [] }],
    [' *.Payer.example:8443 ,10.20.0.0/16', { hosts: [{ name: '*.payer.example', port: '8443' }], networks: [{ address: '10.20.0.0', prefix: 16 }] }],
    ['192.168.4.7', { hosts: [], networks: [{ address: '192.168.4.7', prefix: 32 }] }],
    ['fd00::/8', { hosts: [], networks: [{ address: 'fd00::', prefix: 8 }] }],
  ])('%j', (text, expected) => expect(readOutboundRules(text, false)).toEqual({ ...expected, loopback: false }));

  test.each(['*', 'https://payer.example', 'payer.example/fhir', '10.0.0.0/33', '10.0.0.0/8/8', 'payer..example', 'user@payer.example'])('not %s', (text) => expect(readOutboundRules(text, false)).toBeUndefined());
});

/** Ways into a network that nobody allowed (OWASP SSRF; reliability test T27). */
const REFUSED = [
  'http://127.0.0.1/', 'https://127.0.0.1/', 'https://127.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0x7f.0.0.1/', 'https://0177.0.0.1/', 'https://017700000001/', 'https://127.0.0.1:8443/',
  'https://127.255.255.254/', 'https://localhost/', 'https://LOCALHOST/', 'https://localhost./', 'https://localhost.localdomain/', 'https://app.localhost/', 'https://[::1]/', 'https://[0:0:0:0:0:0:0:1]/', 'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/', 'https://[::127.0.0.1]/', 'https://[64:ff9b::7f00:1]/', 'https://[2002:7f00:1::]/', 'https://0.0.0.0/', 'https://0/', 'https://[::]/', 'https://169.254.169.254/latest/meta-data/',
  'https://[fe80::1]/', 'https://[fd00:ec2::254]/', 'https://metadata.google.internal/', 'https://2852039166/', 'https://0xa9fea9fe/', 'https://10.0.0.1/', 'https://172.16.0.1/', 'https://172.31.255.255/',
  'https://192.168.0.1/', 'https://100.64.0.1/', 'https://192.0.2.1/', 'https://198.18.0.1/', 'https://224.0.0.1/', 'https://255.255.255.255/', 'https://8.8.8.8/',
  'http://fhir.payer.example/', 'https://payer.example/', 'https://evil.example/', 'https://fhir.payer.example.evil.example/', 'https://evilfhir.payer.example/', 'https://fhir.payer.example:22/', 'https://fhir.payer.example:8443/',
  'https://user@fhir.payer.example/', 'https://user:password@fhir.payer.example/', 'https://fhir.payer.example@127.0.0.1/', 'https://127.0.0.1#@fhir.payer.example/', 'https://127.0.0.1?@fhir.payer.example/', 'https://127.0.0.1\\@fhir.payer.example/',
  'ftp://fhir.payer.example/', 'file:///etc/passwd', 'gopher://127.0.0.1:6379/_', 'javascript:alert(1)', 'data:text/plain,x', 'ws://fhir.payer.example/', '//fhir.payer.example/', 'fhir.payer.example', '', 'https://', 'https://①②⑦.⓪.⓪.①/',
];

describe('addresses that lead to no connection', () => {
  it('are more than sixty', () => expect(new Set(REFUSED).size).toBeGreaterThanOrEqual(60));
  it.each(REFUSED)('%s', (url) => {
    expect(() => new OutboundPolicy(rules('fhir.payer.example')).allowedUrl(url)).toThrow(expect.objectContaining({ name: 'OutboundRefused' }));
  });

  test.each([
    '127.0.0.1', '127.8.8.8', '0.0.0.0', '10.1.2.3', '169.254.169.254', '172.20.0.1', '192.168.1.1', '100.100.0.1', '::1', '::', '::ffff:127.0.0.1', '::ffff:10.0.0.1', 'fe80::1', 'fd00::1', '64:ff9b::a00:1', '2002:a00:1::', 'ff02::1',
  ])('an allowed name that resolves to %s', (address) => {
    const policy = new OutboundPolicy(rules('fhir.payer.example', true));
    expect(policy.allowsAddress(policy.allowedUrl('https://fhir.payer.example/fhir'), address)).toBe(false);
  });
});

describe('addresses that are allowed', () => {
  test.each([
    ['fhir.payer.example', 'https://fhir.payer.example/fhir', '93.184.216.34'],
    ['fhir.payer.example', 'https://fhir.payer.example./fhir', '2606:2800:220:1::1'],
    ['*.payer.example', 'https://a.b.payer.example/', '93.184.216.34'],
    ['fhir.payer.example:8443', 'https://fhir.payer.example:8443/', '93.184.216.34'],
    ['fhir.payer.example,10.20.0.0/16', 'https://fhir.payer.example/', '10.20.3.4'],
    ['10.20.0.0/16', 'https://10.20.3.4:9443/fhir', '10.20.3.4'],
  ])('%s: %s at %s', (text, url, address) => {
    const policy = new OutboundPolicy(rules(text));
    expect(policy.allowsAddress(policy.allowedUrl(url), address)).toBe(true);
  });

  test.each(['http://127.0.0.1:8090/fhir', 'http://localhost:8090/fhir', 'http://[::1]:8090/'])('this machine while it serves this machine only: %s', (url) => {
    expect(new OutboundPolicy(rules('', true)).allowedUrl(url).href).toBe(url);
  });

  test('a name of this machine that resolves to another one is none', () => {
    const policy = new OutboundPolicy(rules('', true));
    expect(policy.allowsAddress(policy.allowedUrl('http://localhost/'), '93.184.216.34')).toBe(false);
  });
});

describe('an exchange', () => {
  let server: Server;
  let origin = '';
  beforeAll(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        if (request.url === '/redirect') response.writeHead(307, { Location: '/echo' }).end();
        else if (request.url === '/large') response.writeHead(200).end('x'.repeat(2_000));
        else if (request.url === '/silent') response.writeHead(200).write('x');
        else if (request.url === '/cut') request.socket.destroy();
        else response.writeHead(201, { 'Content-Type': 'text/plain' }).end(`${request.method} ${Buffer.concat(parts).toString()}`);
      });
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const { send } = outbound(rules('', true), { milliseconds: 300, bytes: 1_000 });

  it('answers status, headers and body', async () => {
    const answer = await send({ method: 'POST', url: `${origin}/echo`, body: Buffer.from('héllo') });
    expect([answer.status, answer.headers['content-type'], Buffer.from(answer.body).toString()]).toEqual([201, 'text/plain', 'POST héllo']);
  });
  it('does not follow a redirect', async () => expect((await send({ method: 'GET', url: `${origin}/redirect` })).status).toBe(307));
  it.each([['/large', 'too-large'], ['/silent', 'timeout'], ['/cut', 'connection']])('fails at %s: %s', (path, reason) =>
    expect(send({ method: 'GET', url: `${origin}${path}` })).rejects.toMatchObject({ name: 'OutboundFailed', reason }));
  it('fails where nobody listens', () => expect(send({ method: 'GET', url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({ reason: 'connection' }));
  it('connects nowhere that the rules do not allow', () => expect(outbound(rules('')).send({ method: 'GET', url: `${origin}/echo` })).rejects.toMatchObject({ name: 'OutboundRefused' }));
});
