/**
 * The one file that knows axios. Every call goes through `send`: it adds credentials, waits for a
 * refresh under way, does what a problem's `action` asks for at most once, and throws a `Problem`.
 */
import axios, { AxiosError, type AxiosInstance, type AxiosRequestConfig } from 'axios';

import type { Engine, Exchange, Ticket } from '@/session/engine';
import type { Grant } from '@/session/vault';

import { abortedProblem, networkProblem, Problem, problemFrom } from './problem';
import type { Transport } from './transport';

export type CallOptions = { signal?: AbortSignal; timeout?: number };

type HttpParts = { baseUrl: string; transport: Transport; onReached?: (reached: boolean) => void };

const REQUEST_TIMEOUT_MS = 20_000;
const SAFE_METHODS = ['get', 'head', 'options'];

/** Plain calls with credentials but without second chances; what a refresh itself is made with. */
export function createHttp({ baseUrl, transport, onReached }: HttpParts) {
  const http: AxiosInstance = axios.create({
    baseURL: baseUrl,
    timeout: REQUEST_TIMEOUT_MS,
    headers: transport.headers,
    withCredentials: transport.sendsCookies,
    withXSRFToken: false,
    paramsSerializer: { indexes: null },
  });
  let csrfToken: string | null = null;
  let fetchingCsrf: Promise<string> | null = null;

  async function call<T>(config: AxiosRequestConfig): Promise<T> {
    try {
      const answer = await http.request<T>(config);
      onReached?.(true);
      if (answer.status !== 204 && typeof answer.data === 'string') {
        // Not from our service: a captive portal's page, or a body cut off half way.
        throw problemFrom(answer.status, null, {});
      }
      return answer.data;
    } catch (failure) {
      const problem = toProblem(failure);
      if (problem.code !== 'aborted') onReached?.(!problem.isOffline);
      throw problem;
    }
  }

  async function csrf(): Promise<string> {
    fetchingCsrf ??= call<{ csrf_token: string }>({ url: '/api/v1/csrf', method: 'get' })
      .then((body) => (csrfToken = body.csrf_token))
      .finally(() => {
        fetchingCsrf = null;
      });
    return csrfToken ?? fetchingCsrf;
  }

  async function withCsrf<T>(config: AxiosRequestConfig): Promise<T> {
    const method = (config.method ?? 'get').toLowerCase();
    if (!transport.usesCsrf || SAFE_METHODS.includes(method)) return call<T>(config);
    const once = async () =>
      call<T>({ ...config, headers: { ...config.headers, 'X-CSRF-Token': csrfToken ?? (await csrf()) } });
    try {
      return await once();
    } catch (failure) {
      if (!(failure instanceof Problem) || failure.action !== 'csrf' || !isRepeatable(config)) throw failure;
      csrfToken = null;
      return once();
    }
  }

  return {
    call: withCsrf,
    /** Null makes the next unsafe request fetch one. */
    setCsrfToken(token: string | null): void {
      csrfToken = token;
    },
  };
}

export type Http = ReturnType<typeof createHttp>;

export function createExchange(http: Http): Exchange {
  return {
    refresh: async (token) =>
      toGrant(await http.call({ url: '/api/v1/auth/refresh', method: 'post', data: tokenBody(token) })),
    revoke: async (token) => {
      await http.call({ url: '/api/v1/auth/logout', method: 'post', data: tokenBody(token) });
      http.setCsrfToken(null);
    },
  };
}

function tokenBody(token: string | null): Record<string, string> {
  return token === null ? {} : { refresh_token: token };
}

/** Reads a sign-in or refresh answer; one without a lifetime is not from our service. */
export function toGrant(body: unknown): Grant {
  const fields = (body ?? {}) as Record<string, unknown>;
  if (typeof fields.expires_in !== 'number') throw problemFrom(200, null, {});
  return {
    accessToken: typeof fields.access_token === 'string' ? fields.access_token : null,
    refreshToken: typeof fields.refresh_token === 'string' ? fields.refresh_token : null,
    expiresIn: fields.expires_in,
  };
}

export function createSend(http: Http, engine: Engine, transport: Transport) {
  async function attempt<T>(config: AxiosRequestConfig, ticket: Ticket): Promise<T> {
    const bearer = ticket.accessToken && { Authorization: `Bearer ${ticket.accessToken}` };
    return http.call<T>({ ...config, headers: { ...config.headers, ...bearer } });
  }

  return async function send<T>(config: AxiosRequestConfig, options: CallOptions = {}): Promise<T> {
    const request = { ...config, ...options };
    await engine.settled();
    if (request.signal?.aborted) throw abortedProblem();
    const isSignedIn = engine.state().phase === 'signed-in';
    if (isSignedIn && transport.needsTokenFirst && engine.ticket().accessToken === null) {
      await engine.refresh(engine.ticket().generation);
    }
    const ticket = engine.ticket();
    try {
      return await attempt<T>(request, ticket);
    } catch (failure) {
      if (!(failure instanceof Problem) || !isSignedIn) throw failure;
      if (!(await canRepeat(failure, ticket, request))) throw failure;
      const second = engine.ticket();
      return attempt<T>(request, second).catch((again: unknown) => {
        if (again instanceof Problem) engine.answered(second.epoch, again);
        throw again;
      });
    }
  };

  /** Settles what a refused request means for the session, and whether it is worth a second try. */
  async function canRepeat(problem: Problem, ticket: Ticket, request: AxiosRequestConfig): Promise<boolean> {
    if (problem.action !== 'refresh' && problem.action !== 'reauth') return false;
    const isOutdated = engine.ticket().generation !== ticket.generation;
    if (!isOutdated && problem.action === 'reauth') {
      engine.answered(ticket.epoch, problem);
      return false;
    }
    if (!isOutdated) await engine.refresh(ticket.generation);
    return engine.state().phase === 'signed-in' && isRepeatable(request);
  }
}

/** A stream is spent after one reading, and who aborted does not want a second call. */
function isRepeatable({ data, signal, responseType }: AxiosRequestConfig): boolean {
  if (signal?.aborted || responseType === 'stream') return false;
  return data == null || typeof data === 'string' || isPlainObject(data);
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function toProblem(failure: unknown): Problem {
  if (failure instanceof Problem) return failure;
  if (axios.isCancel(failure)) return abortedProblem();
  if (!(failure instanceof AxiosError)) return networkProblem('unreachable');
  const answer = failure.response;
  if (answer) return problemFrom(answer.status, answer.data, answer.headers);
  return networkProblem(failure.code === 'ECONNABORTED' || failure.code === 'ETIMEDOUT' ? 'timeout' : 'unreachable');
}

type Send = ReturnType<typeof createSend>;
let connected: Send | null = null;

/** Gives the generated functions their connection; called once, before the first screen. */
export function connect(next: Send): void {
  connected = next;
}

/** What the generated client calls. */
export function send<T>(config: AxiosRequestConfig, options?: CallOptions): Promise<T> {
  if (!connected) throw new Error('connect() comes before the first call');
  return connected<T>(config, options);
}
