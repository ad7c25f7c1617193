/**
 * The yardstick of the REST bench: a bare `node:http` listener that sends recorded headers and bytes; a POST is
 * parsed and echoed under the recorded headers. Takes the file of recordings; prints its port.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Recording {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const recordings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Record<string, Recording>;
const prepared = new Map(Object.entries(recordings).map(([path, { status, headers, body }]) => [path, { status, headers, body: Buffer.from(body) }]));

const server = createServer((request, response) => {
  const recording = prepared.get(`${request.method} ${request.url}`);
  if (!recording) {
    response.writeHead(404).end();
    return;
  }
  if (request.method === 'GET') {
    response.writeHead(recording.status, { ...recording.headers, 'content-length': recording.body.length }).end(recording.body);
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    JSON.parse(body.toString('utf8'));
    response.writeHead(recording.status, { ...recording.headers, 'content-length': body.length }).end(body);
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
