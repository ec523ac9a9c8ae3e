/** What can go wrong between a phone and its session. Each leaves the network and the phone whole again. */
import type { Phone, Process } from './phone';
import type { Fault, Plan } from './proxy';
import type { Random } from './random';

export type Trial = {
  phone: Phone;
  process: Process;
  random: Random;
  /** Counts what was done to this session. */
  inject(): void;
};

/** Returns the process that lives on. */
export type Scenario = (trial: Trial) => Promise<Process>;

const PASS: Fault = { kind: 'pass' };
/** Longer than the server's grace period for races. */
const BEYOND_GRACE_MS = 10_500;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const quietly = (work: Promise<unknown>) => work.then(() => true, () => false);
const isRefresh = (path: string) => path.endsWith('/auth/refresh');

/** Does `fault` to the next `count` refreshes, and nothing to anything else. */
function toRefreshes(trial: Trial, count: number, fault: () => Fault): Plan {
  let left = count;
  return (path) => {
    if (!isRefresh(path) || left === 0) return PASS;
    left -= 1;
    trial.inject();
    return fault();
  };
}

async function reboot({ phone }: Trial): Promise<Process> {
  const next = phone.start();
  await next.engine.restore();
  return next;
}

/** Kills the process at the write that persists a refreshed token. */
async function killAtWrite(trial: Trial, moment: 'before' | 'after'): Promise<Process> {
  const { phone, process } = trial;
  const { promise, resolve } = Promise.withResolvers<void>();
  phone.keychain[moment] = () => {
    trial.inject();
    process.kill();
    phone.keychain[moment] = () => undefined;
    resolve();
  };
  // A request that waits for this refresh must not have used its token before it was persisted.
  void quietly(process.refresh());
  void quietly(process.me());
  await promise;
  return reboot(trial);
}

function strangersAnswer(random: Random): Fault {
  return random.pick<Fault>([
    { kind: 'answer', status: 500, body: 'Internal Server Error' },
    { kind: 'answer', status: 502, body: '<html>Bad Gateway</html>', headers: { 'content-type': 'text/html' } },
    { kind: 'answer', status: 503, body: '', headers: { 'retry-after': '0' } },
    {
      kind: 'answer',
      status: 503,
      body: JSON.stringify({ code: 'database_unavailable', action: 'retry', status: 503 }),
      headers: { 'content-type': 'application/problem+json' },
    },
    {
      kind: 'answer',
      status: 429,
      body: JSON.stringify({ code: 'rate_limited', action: 'wait', status: 429 }),
      headers: { 'content-type': 'application/problem+json', 'retry-after': '0' },
    },
    { kind: 'answer', status: 401, body: '<html>Log in to the hotel network</html>' },
    { kind: 'answer', status: 200, body: '<html>Welcome to the hotel network</html>' },
    { kind: 'refuse' },
  ]);
}

export const scenarios: Record<string, Scenario> = {
  async 'answer dropped'(trial) {
    trial.phone.setPlan(toRefreshes(trial, trial.random.between(1, 5), () => ({ kind: 'drop-answer' })));
    for (let round = 0; round < 3; round += 1) await quietly(trial.process.refresh());
    return trial.process;
  },

  async 'answer dropped, asked again after the grace period'(trial) {
    trial.phone.setPlan(toRefreshes(trial, 3, () => ({ kind: 'drop-answer' })));
    await quietly(trial.process.refresh());
    trial.process.kill();
    await sleep(BEYOND_GRACE_MS);
    return reboot(trial);
  },

  async 'connection cut in the answer'(trial) {
    trial.phone.setPlan(toRefreshes(trial, trial.random.between(1, 4), () => ({ kind: 'cut-answer' })));
    for (let round = 0; round < 3; round += 1) await quietly(trial.process.refresh());
    return trial.process;
  },

  async 'keychain fails while persisting'(trial) {
    const moment = trial.random.pick(['before', 'after'] as const);
    let left = trial.random.between(1, 3);
    trial.phone.keychain[moment] = () => {
      if (left === 0) return;
      left -= 1;
      trial.inject();
      throw new Error('the write failed');
    };
    for (let round = 0; round < 4; round += 1) await quietly(trial.process.refresh());
    await quietly(trial.process.me());
    return trial.process;
  },

  async 'killed between answer and persist'(trial) {
    return killAtWrite(trial, 'before');
  },

  async 'killed between persist and use'(trial) {
    return killAtWrite(trial, 'after');
  },

  async 'killed, then restarted after the grace period'(trial) {
    const next = await killAtWrite(trial, trial.random.pick(['before', 'after']));
    await sleep(BEYOND_GRACE_MS);
    return next;
  },

  async '50 parallel 401s'(trial) {
    const expired = trial.process.engine.ticket().accessToken;
    let refreshes = 0;
    trial.phone.setPlan((path, bearer) => {
      if (isRefresh(path)) refreshes += 1;
      if (bearer === null || bearer !== expired) return PASS;
      trial.inject();
      return {
        kind: 'answer',
        status: 401,
        body: JSON.stringify({ code: 'access_token_expired', action: 'refresh', status: 401 }),
        headers: { 'content-type': 'application/problem+json' },
      };
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => quietly(trial.process.me())));
    if (!answers.every(Boolean)) throw new Error('a request was lost among parallel 401s');
    if (refreshes !== 1) throw new Error(`${refreshes} refreshes instead of one`);
    return trial.process;
  },

  async '10 s latency'(trial) {
    const isOnTheWayThere = trial.random.next() < 0.5;
    const delay = { kind: 'delay', before: isOnTheWayThere ? 10_000 : 0, after: isOnTheWayThere ? 0 : 10_000 } as const;
    trial.phone.setPlan(toRefreshes(trial, 1, () => delay));
    const waiting = [quietly(trial.process.refresh()), quietly(trial.process.me())];
    if (trial.random.next() < 0.5) {
      await sleep(trial.random.between(100, 9_000));
      trial.process.kill();
      return reboot(trial);
    }
    await Promise.all(waiting);
    return trial.process;
  },

  async 'storm of 5xx, 429 and strangers'(trial) {
    const { random } = trial;
    trial.phone.setPlan(() => {
      if (random.next() < 0.2) return PASS;
      trial.inject();
      return strangersAnswer(random);
    });
    for (let round = 0; round < 6; round += 1) {
      await Promise.all([quietly(trial.process.refresh()), quietly(trial.process.me())]);
    }
    return trial.process;
  },

  async 'offline cold start'(trial) {
    trial.process.kill();
    trial.phone.setPlan(() => {
      trial.inject();
      return { kind: 'refuse' };
    });
    const next = await reboot(trial);
    await quietly(next.me());
    await quietly(next.refresh());
    return next;
  },

  async 'keychain locked'(trial) {
    trial.phone.keychain.isLocked = true;
    trial.inject();
    await quietly(trial.process.refresh());
    await quietly(trial.process.me());
    trial.process.kill();
    const next = await reboot(trial);
    await quietly(next.refresh());
    trial.phone.keychain.isLocked = false;
    await next.engine.restore();
    return next;
  },

  async 'second JavaScript runtime'(trial) {
    const { phone, process, random } = trial;
    const second = await reboot(trial);
    for (let round = 0; round < 5; round += 1) {
      trial.inject();
      const work = [process, second].map(async (one) => {
        await sleep(random.between(0, 20));
        await quietly(random.next() < 0.6 ? one.refresh() : one.me());
      });
      await Promise.all(work);
    }
    const [stays, leaves] = random.next() < 0.5 ? [process, second] : [second, process];
    leaves.kill();
    phone.setPlan(null);
    return stays;
  },

  async 'clock 48 h off'(trial) {
    // The date of the whole run is wrong already (see run.ts); here the process starts anew in it.
    trial.inject();
    await quietly(trial.process.refresh());
    trial.process.kill();
    return reboot(trial);
  },

  async 'several of these in a row'(trial) {
    const mix = ['answer dropped', 'keychain fails while persisting', 'killed between answer and persist', 'keychain locked'];
    let process = trial.process;
    for (let round = 0; round < 3; round += 1) {
      const scenario = scenarios[trial.random.pick(mix)];
      if (scenario) process = await scenario({ ...trial, process });
      mend(trial.phone);
      await quietly(process.me());
    }
    return process;
  },
};

export function mend(phone: Phone): void {
  phone.setPlan(null);
  phone.keychain.isLocked = false;
  phone.keychain.before = () => undefined;
  phone.keychain.after = () => undefined;
}
