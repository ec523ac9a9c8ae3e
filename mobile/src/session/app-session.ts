/** The one session of this running app, put together from its platform's parts. */
import { baseUrl } from '@/api/base-url';
import { connect, createExchange, createSend } from '@/api/client';
import { connectivity } from '@/api/connectivity';
import { createHttp } from '@/api/http';
import { transport } from '@/api/platform-transport';
import { startCacheOf } from '@/api/query-client';
import { followPlatform } from '@/api/query-platform';

import { monotonicClock } from './engine/clock';
import { createEngine } from './engine/engine';
import { keepAlive } from './engine/keep-alive';
import { createChannel } from './platform/create-channel';
import { createLock } from './platform/create-lock';
import { foreground } from './platform/foreground';
import { createVault, deviceToken } from './platform/storage';

const channel = createChannel();

export const http = createHttp({
  baseUrl: baseUrl(),
  transport,
  onReached: connectivity.report,
  onMarked: (token) => void deviceToken.keep({ device_token: token }),
});

export const engine = createEngine({
  vault: createVault(),
  lock: createLock(),
  channel,
  clock: monotonicClock,
  exchange: createExchange(http),
  isRevocationRequired: transport.sendsCookies,
  random: Math.random,
});

/** Starts what runs for as long as the app does. */
export function start(): void {
  connect(createSend(http, engine, transport));
  // Whoever signed in or out replaced the cookie that this page's CSRF token belongs to.
  channel.listen((message) => {
    if (message.type !== 'refreshed') http.setCsrfToken(null);
  });
  followPlatform();
  forgetBetweenSessions();
  keepAlive(engine, monotonicClock, foreground);
  void engine.restore();
}

/** Nothing that one person has loaded may be shown to the next. */
function forgetBetweenSessions(): void {
  let { phase, epoch } = engine.state();
  engine.subscribe(() => {
    const now = engine.state();
    if (now.phase !== phase || now.epoch !== epoch) startCacheOf(now.epoch);
    ({ phase, epoch } = now);
  });
}
