/** Takes reports in Sentry's place, and keeps what came. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Report = { release?: string; exception?: { values: { value: string }[] } };

export type Sink = {
  url: string;
  dsn: string;
  /** The bodies as they came: an envelope of several lines each. */
  bodies: string[];
  reports(): Report[];
  stop(): void;
};

export async function startSink(): Promise<Sink> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'POST') bodies.push(Buffer.concat(chunks).toString());
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    dsn: `http://public@${host}/42`,
    bodies,
    reports: () => bodies.flatMap((body) => body.split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter(({ exception }) => exception)),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
