/** The client's calls against a real HTTP server, which each test gives its answers. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { silentChannel, type Channel, type ChannelMessage } from '@/session/engine/channel';
import { monotonicClock } from '@/session/engine/clock';
import { createEngine } from '@/session/engine/engine';
import { createQueue } from '@/session/engine/lock';
import type { Stored } from '@/session/engine/vault';

import { createExchange, createSend } from './client';
import { createHttp } from './http';
import { transport as native } from './platform-transport.native';
import { transport as web } from './platform-transport.web';
import type { Transport } from './transport';

type Answer = { status: number; body?: unknown } | Promise<{ status: number; body?: unknown }>;
type Seen = { path: string; bearer: string | undefined; csrf: string | undefined; body: string };

let server: Server;
let answer: (request: Seen) => Answer;
let seen: Seen[];

const expired = { status: 401, body: { code: 'access_token_expired', action: 'refresh' } };
const pair = (n: number) => ({
  status: 200,
  body: { access_token: `access-${n}`, refresh_token: `refresh-${n}`, expires_in: 900 },
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

beforeEach(async () => {
  seen = [];
  server = createServer(async (request, response) => {
    const { authorization, 'x-csrf-token': csrf } = request.headers;
    const one = { path: request.url ?? '', bearer: authorization, csrf: csrf?.toString(), body: await textOf(request) };
    seen.push(one);
    const { status, body } = await answer(one);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function setUp(transport: Transport, channel: Channel = silentChannel) {
  const { port } = server.address() as AddressInfo;
  const http = createHttp({ baseUrl: `http://127.0.0.1:${port}`, transport });
  let stored: Stored = transport.sendsCookies ? { kind: 'cookie' } : { kind: 'token', token: 'refresh-0' };
  const engine = createEngine({
    vault: {
      read: async () => stored,
      write: async ({ refreshToken }) => {
        if (refreshToken !== null) stored = { kind: 'token', token: refreshToken };
      },
      clear: async () => void (stored = { kind: 'none' }),
    },
    lock: createQueue(),
    channel,
    clock: monotonicClock,
    exchange: createExchange(http),
    isRevocationRequired: transport.sendsCookies,
    random: () => 0.5,
  });
  await engine.restore();
  const send = createSend(http, engine, transport);
  return { engine, get: (url: string) => send<{ who: string }>({ url, method: 'get' }), send };
}

const paths = () => seen.map(({ path }) => path);

it('gets a token before the first request, and sends it along', async () => {
  answer = ({ path }) => (path.endsWith('/refresh') ? pair(1) : { status: 200, body: { who: 'ada' } });
  const { get } = await setUp(native);
  await expect(get('/me')).resolves.toEqual({ who: 'ada' });
  expect(paths()).toEqual(['/api/v1/auth/refresh', '/me']);
  expect(seen[1]?.bearer).toBe('Bearer access-1');
});

it('renews a refused token once, and sends the request again with the new one', async () => {
  let renewals = 0;
  answer = ({ path, bearer }) => {
    if (path.endsWith('/refresh')) return pair((renewals += 1));
    return bearer === 'Bearer access-2' ? { status: 200, body: { who: 'ada' } } : expired;
  };
  const { send } = await setUp(native);
  await expect(send({ url: '/change', method: 'post', data: { name: 'ada' } })).resolves.toEqual({ who: 'ada' });
  expect(seen.filter(({ path }) => path === '/change').map(({ body }) => body)).toEqual(['{"name":"ada"}', '{"name":"ada"}']);
});

it('does not try a third time', async () => {
  let renewals = 0;
  answer = ({ path }) => (path.endsWith('/refresh') ? pair((renewals += 1)) : expired);
  const { get, engine } = await setUp(native);
  await expect(get('/me')).rejects.toMatchObject({ code: 'access_token_expired' });
  expect(paths().filter((path) => path === '/me')).toHaveLength(2);
  expect(engine.state().phase).toBe('signed-in');
});

it('lets requests go while a refresh ahead of time is under way', async () => {
  let renewals = 0;
  let finish: (answer: { status: number; body?: unknown }) => void = () => undefined;
  answer = ({ path }) => {
    if (!path.endsWith('/refresh')) return { status: 200, body: { who: 'ada' } };
    renewals += 1;
    return renewals === 1 ? pair(1) : new Promise((resolve) => (finish = resolve));
  };
  const { get, engine } = await setUp(native);
  await get('/first');
  const ahead = engine.refresh(engine.ticket().generation);
  await expect(get('/second')).resolves.toEqual({ who: 'ada' });
  expect(seen.find(({ path }) => path === '/second')?.bearer).toBe('Bearer access-1');
  finish(pair(2));
  await ahead;
});

it('keeps requests back while the token that they would take has been refused', async () => {
  let renewals = 0;
  let finish: (answer: { status: number; body?: unknown }) => void = () => undefined;
  const renewing = new Promise<void>((resolve) => {
    answer = ({ path, bearer }) => {
      if (!path.endsWith('/refresh')) return bearer === 'Bearer access-2' ? { status: 200, body: { who: 'ada' } } : expired;
      renewals += 1;
      if (renewals === 1) return pair(1);
      resolve();
      return new Promise((done) => (finish = done));
    };
  });
  const { get } = await setUp(native);
  const first = get('/first');
  await renewing;
  const second = get('/second');
  finish(pair(2));
  await Promise.all([first, second]);
  expect(paths().filter((path) => path === '/second')).toHaveLength(1);
});

it('ends the session on reauth, and only then', async () => {
  answer = ({ path }) =>
    path.endsWith('/refresh') ? pair(1) : { status: 401, body: { code: 'session_revoked', action: 'reauth' } };
  const { get, engine } = await setUp(native);
  await expect(get('/me')).rejects.toMatchObject({ action: 'reauth' });
  expect(engine.state()).toMatchObject({ phase: 'signed-out', reason: 'revoked' });
});

describe('when the service asks again who it is', () => {
  const asked = { status: 403, body: { code: 'step_up_required', action: 'step_up', factors: ['totp'] } };

  it('repeats the request once the person has proved it', async () => {
    let isProved = false;
    answer = ({ path }) => {
      if (path.endsWith('/refresh')) return pair(1);
      return isProved ? { status: 204 } : asked;
    };
    const { send, engine } = await setUp(native);
    const asking = new Promise<readonly string[] | null>((resolve) => {
      engine.stepUp.subscribe(() => resolve(engine.stepUp.asked()));
    });
    const change = send({ url: '/change', method: 'put', data: { a: 1 } });
    expect(await asking).toEqual(['totp']);
    isProved = true;
    engine.stepUp.settle(true);
    await change;
    expect(paths().filter((path) => path === '/change')).toHaveLength(2);
  });

  it.each([
    ['would rather not', false, 1],
    ['proved it in vain', true, 2],
  ])('fails when the person %s', async (_, isProved, times) => {
    answer = ({ path }) => (path.endsWith('/refresh') ? pair(1) : asked);
    const { send, engine } = await setUp(native);
    engine.stepUp.subscribe(() => engine.stepUp.asked() && queueMicrotask(() => engine.stepUp.settle(isProved)));
    await expect(send({ url: '/change', method: 'put', data: { a: 1 } })).rejects.toMatchObject({ code: 'step_up_required' });
    expect(paths().filter((path) => path === '/change')).toHaveLength(times);
  });
});

it('renews a refused CSRF token once', async () => {
  let issued = 0;
  answer = ({ path, csrf }) => {
    if (path.endsWith('/csrf')) return { status: 200, body: { csrf_token: `csrf-${(issued += 1)}` } };
    return csrf === 'csrf-2' ? { status: 204 } : { status: 403, body: { code: 'csrf_failed', action: 'csrf' } };
  };
  const { send } = await setUp(web);
  await send({ url: '/change', method: 'post', data: { a: 1 } });
  expect(seen.filter(({ path }) => path === '/change').map(({ csrf }) => csrf)).toEqual(['csrf-1', 'csrf-2']);
});

describe('when somebody else signs in through another tab', () => {
  function createOtherTab() {
    let say: (message: ChannelMessage) => void = () => undefined;
    const channel: Channel = { post: () => undefined, listen: (hear) => ((say = hear), () => undefined) };
    return { channel, signsIn: () => say({ type: 'signed-in', expiresIn: 900 }) };
  }

  it('hands nobody an answer that was asked for by the person before', async () => {
    const { channel, signsIn } = createOtherTab();
    const { get } = await setUp(web, channel);
    answer = () => (signsIn(), { status: 200, body: { who: 'ada' } });
    await expect(get('/me')).rejects.toMatchObject({ code: 'aborted' });
  });

  it('does not repeat the request of the person before with the credentials of the next', async () => {
    const { channel, signsIn } = createOtherTab();
    const { get } = await setUp(web, channel);
    answer = () => (signsIn(), expired);
    await expect(get('/me')).rejects.toBeDefined();
    expect(paths()).toEqual(['/me']);
  });
});
