/** Where axios is set up: settings, the CSRF token, and the one kind of error that everybody else sees. */
import axios, { AxiosError, type AxiosInstance, type AxiosRequestConfig, type AxiosResponse } from 'axios';

import type { Ticket } from '@/session/engine/engine';
import { abortedProblem, networkProblem, Problem } from '@/session/engine/problem';

import type { SessionInterceptors } from './interceptors';
import { problemFrom } from './read-problem';
import type { Transport } from './transport';

declare module 'axios' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- merging needs an interface
  interface AxiosRequestConfig {
    /** For which session, and with which token, this was sent. */
    ticket?: Ticket;
    hasNewToken?: boolean;
    hasSteppedUp?: boolean;
    hasNewCsrfToken?: boolean;
  }
}

export type { AxiosRequestConfig as RequestConfig } from 'axios';

export type Http = ReturnType<typeof createHttp>;

type HttpParts = {
  baseUrl: string;
  transport: Transport;
  onReached?: (reached: boolean) => void;
  /** An answer without a body has marked this device as known. */
  onMarked?: (deviceToken: string) => void;
};

const REQUEST_TIMEOUT_MS = 20_000;
const SAFE_METHODS = ['get', 'head', 'options'];

export function createHttp({ baseUrl, transport, onReached, onMarked }: HttpParts) {
  let csrfToken: string | null = null;
  let fetchingCsrf: Promise<string> | null = null;

  /** Request interceptors run from the last to the first, those for answers from the first to the last. */
  function open(session?: (instance: AxiosInstance) => SessionInterceptors): AxiosInstance {
    const instance = axios.create({
      baseURL: baseUrl,
      timeout: REQUEST_TIMEOUT_MS,
      headers: transport.headers,
      withCredentials: transport.sendsCookies,
      withXSRFToken: false,
      paramsSerializer: { indexes: null },
    });
    const { request, response } = instance.interceptors;
    response.use(refuseForeign);
    if (transport.usesCsrf) {
      request.use(async (config) => {
        const isSafe = SAFE_METHODS.includes((config.method ?? 'get').toLowerCase());
        if (!isSafe) config.headers.set('X-CSRF-Token', csrfToken ?? (await fetchCsrf()));
        return config;
      });
      response.use(undefined, async (failure: unknown) => {
        const config = failure instanceof AxiosError ? failure.config : undefined;
        const isRefused = toProblem(failure).action === 'csrf';
        if (!config || !isRefused || config.hasNewCsrfToken || !isRepeatable(config)) throw failure;
        csrfToken = null;
        return instance.request({ ...config, hasNewCsrfToken: true });
      });
    }
    const own = session?.(instance);
    if (own) {
      request.use(own.addCredentials);
      response.use(own.admit, own.repair);
    }
    response.use(
      (answer) => {
        onReached?.(true);
        const mark: unknown = answer.headers['x-device-token'];
        if (typeof mark === 'string') onMarked?.(mark);
        return answer;
      },
      (failure: unknown) => {
        const problem = toProblem(failure);
        if (problem.code !== 'aborted') onReached?.(!problem.isOffline);
        throw problem;
      },
    );
    return instance;
  }

  /** Without a session's second chances: what a refresh itself is made with. */
  const plain = open();

  async function fetchCsrf(): Promise<string> {
    fetchingCsrf ??= plain
      .get<{ csrf_token: string }>('/api/v1/csrf')
      .then(({ data }) => (csrfToken = data.csrf_token))
      .finally(() => {
        fetchingCsrf = null;
      });
    return fetchingCsrf;
  }

  return {
    open,
    call: async <T>(config: AxiosRequestConfig): Promise<T> => (await plain.request<T>(config)).data,
    /** Null makes the next unsafe request fetch one. */
    setCsrfToken(token: string | null): void {
      csrfToken = token;
    },
  };
}

/** A captive portal's page, or a body cut off half way. */
function refuseForeign(answer: AxiosResponse): AxiosResponse {
  if (answer.status !== 204 && typeof answer.data === 'string') throw problemFrom(answer.status, null, {});
  return answer;
}

/** A stream is spent after one reading, and who aborted does not want a second call. */
export function isRepeatable({ data, signal, responseType }: AxiosRequestConfig): boolean {
  if (signal?.aborted || responseType === 'stream') return false;
  return data == null || typeof data === 'string' || isPlainObject(data);
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

export function toProblem(failure: unknown): Problem {
  if (failure instanceof Problem) return failure;
  if (axios.isCancel(failure)) return abortedProblem();
  if (!(failure instanceof AxiosError)) return networkProblem('unreachable');
  const answer = failure.response;
  if (answer) return problemFrom(answer.status, answer.data, answer.headers);
  return networkProblem(failure.code === 'ECONNABORTED' || failure.code === 'ETIMEDOUT' ? 'timeout' : 'unreachable');
}
