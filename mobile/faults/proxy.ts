/**
 * A network that misbehaves on request. Each phone has a path of its own here, and a plan that
 * says what happens to its next request.
 */
import { once } from 'node:events';
import { Agent, createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  | { kind: 'pass' }
  /** Never reaches the server. */
  | { kind: 'refuse' }
  /** Reaches the server; its answer does not come back. */
  | { kind: 'drop-answer' }
  /** Half of the answer comes back. */
  | { kind: 'cut-answer' }
  | { kind: 'delay'; before: number; after: number }
  /** Somebody on the way answers. */
  | { kind: 'answer'; status: number; body: string; headers?: Record<string, string> };

export type Plan = (path: string, bearer: string | null) => Fault;

export type Proxy = {
  urlFor(phone: string): string;
  setPlan(phone: string, plan: Plan | null): void;
  stop(): Promise<void>;
};

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function startProxy(target: string): Promise<Proxy> {
  const plans = new Map<string, Plan>();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse) {
    const [, phone = '', path = '/'] = /^\/p\/([^/]+)(\/.*)$/.exec(incoming.url ?? '') ?? [];
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const bearer = incoming.headers.authorization?.replace(/^Bearer /, '') ?? null;
    const fault = plans.get(phone)?.(path, bearer) ?? { kind: 'pass' };
    if (fault.kind === 'refuse') return void outgoing.destroy();
    if (fault.kind === 'answer') return void outgoing.writeHead(fault.status, fault.headers).end(fault.body);
    if (fault.kind === 'delay') await sleep(fault.before);

    const { host: _host, connection: _connection, ...headers } = incoming.headers;
    const sent = forward(target + path, { method: incoming.method, headers, agent });
    sent.end(Buffer.concat(chunks));
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const body: Buffer[] = [];
    for await (const chunk of answer) body.push(chunk);
    const whole = Buffer.concat(body);

    if (fault.kind === 'drop-answer') return void outgoing.destroy();
    if (fault.kind === 'delay') await sleep(fault.after);
    const { 'transfer-encoding': _chunked, ...shown } = answer.headers;
    outgoing.writeHead(answer.statusCode ?? 502, { ...shown, 'content-length': whole.length });
    if (fault.kind !== 'cut-answer') return void outgoing.end(whole);
    outgoing.write(whole.subarray(0, Math.floor(whole.length / 2)), () => outgoing.destroy());
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    urlFor: (phone) => `http://127.0.0.1:${port}/p/${phone}`,
    setPlan(phone, plan) {
      if (plan) plans.set(phone, plan);
      else plans.delete(phone);
    },
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
