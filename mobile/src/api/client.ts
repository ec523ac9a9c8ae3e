/** What the generated functions and the session call the service with. */
import type { Engine, Exchange } from '@/session/engine/engine';
import type { Grant } from '@/session/engine/vault';

import type { Http, RequestConfig } from './http';
import { sessionInterceptors } from './interceptors';
import { problemFrom } from './read-problem';
import type { Transport } from './transport';

export type CallOptions = { signal?: AbortSignal; timeout?: number; headers?: Record<string, string> };

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

/** Adds credentials, does what a problem's `action` asks for at most once, and throws a `Problem`. */
export function createSend(http: Http, engine: Engine, transport: Transport) {
  const instance = http.open((own) => sessionInterceptors(engine, transport, own));
  return async <T>(config: RequestConfig, options: CallOptions = {}): Promise<T> =>
    (await instance.request<T>({ ...config, ...options, headers: { ...config.headers, ...options.headers } })).data;
}

type Send = ReturnType<typeof createSend>;
let connected: Send | null = null;

/** Gives the generated functions their connection; called once, before the first screen. */
export function connect(next: Send): void {
  connected = next;
}

/** What the generated client calls. */
export function send<T>(config: RequestConfig, options?: CallOptions): Promise<T> {
  if (!connected) throw new Error('connect() comes before the first call');
  return connected<T>(config, options);
}
