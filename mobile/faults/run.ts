/** Runs many sessions through many faults against the real service, and counts who got signed out. */
import { parseArgs } from 'node:util';

import { Problem } from '@/session/engine/problem';

import { PASSWORD } from '../e2e/support/password';
import { startService } from '../e2e/support/service';
import { createPhone, type Process } from './phone';
import { startProxy } from './proxy';
import { createRandom } from './random';
import { mend, scenarios } from './scenarios';

const PEOPLE = 8;
const AT_ONCE = 40;

type Row = { sessions: number; faults: number; signedOut: number; stuck: number };

const { values } = parseArgs({
  options: { sessions: { type: 'string', default: '1000' }, seed: { type: 'string', default: '20260101' } },
});
const sessions = Number(values.sessions);
const seed = Number(values.seed);
const startedAt = performance.now();

const service = await startService();
// By number: looking the name up would race two address families for every connection.
const proxy = await startProxy(service.url.replace('localhost', '127.0.0.1'));
const emails = Array.from({ length: PEOPLE }, (_, index) => `person${index}@example.org`);
for (const email of emails) await service.signUp(email, PASSWORD);

const names = Object.keys(scenarios);
const rows = new Map<string, Row>(names.map((name) => [name, { sessions: 0, faults: 0, signedOut: 0, stuck: 0 }]));
const complaints: string[] = [];
let endedForGood = 0;
let missedEndings = 0;

/** Two days fast for one half of the run and two days slow for the other. */
const realNow = Date.now;
const skewClock = (hours: number) => (Date.now = () => realNow() + hours * 3_600_000);

/** Not yet part of the trial: a full queue for password hashes is waited out. */
async function signIn(process: Process, email: string): Promise<void> {
  for (;;) {
    try {
      return await process.signIn(email, PASSWORD);
    } catch (failure) {
      if (!(failure instanceof Problem) || failure.code !== 'overloaded') throw failure;
      await new Promise((resolve) => setTimeout(resolve, failure.retryAfterMs ?? 500));
    }
  }
}

async function runOne(index: number): Promise<void> {
  const name = names[index % names.length] as string;
  const row = rows.get(name) as Row;
  const random = createRandom(seed + index);
  const phone = createPhone(`s${index}`, proxy);
  row.sessions += 1;
  const first = phone.start();
  await signIn(first, emails[index % PEOPLE] as string);
  try {
    const survivor = await (scenarios[name] as (typeof scenarios)[string])({
      phone,
      process: first,
      random,
      inject: () => void (row.faults += 1),
    });
    mend(phone);
    await survivor.engine.settled();
    await survivor.refresh();
    await survivor.me();
    if (survivor.engine.state().phase !== 'signed-in') throw new Error('not signed in');
  } catch (failure) {
    const isOver = failure instanceof Problem && failure.action === 'reauth';
    row[isOver ? 'signedOut' : 'stuck'] += 1;
    complaints.push(`${name}, session ${index}: ${failure instanceof Error ? failure.message : failure}`);
  }
}

/** The other side of the coin: a session that was ended must end here too. */
async function runControl(email: string): Promise<void> {
  const [ended, ending] = [createPhone('ended', proxy).start(), createPhone('ending', proxy).start()];
  await signIn(ended, email);
  await signIn(ending, email);
  await ending.others();
  await ended.refresh().catch(() => undefined);
  const state = ended.engine.state();
  if (state.phase === 'signed-out' && state.reason === 'revoked') endedForGood += 1;
  else missedEndings += 1;
}

let next = 0;
async function work(): Promise<void> {
  while (next < sessions) {
    if (next === Math.floor(sessions / 2)) skewClock(-48);
    const index = next;
    next += 1;
    await runOne(index);
  }
}

skewClock(48);
await Promise.all(Array.from({ length: Math.min(AT_ONCE, sessions) }, work));
Date.now = realNow;
for (const email of emails.slice(0, 3)) await runControl(email);
await proxy.stop();
await service.stop();

const width = Math.max(...names.map((name) => name.length));
console.log(`seed ${seed}\n${'fault'.padEnd(width)}  sessions  injected  signed out  stuck`);
const total: Row = { sessions: 0, faults: 0, signedOut: 0, stuck: 0 };
const line = (name: string, row: Row) =>
  `${name.padEnd(width)}  ${String(row.sessions).padStart(8)}  ${String(row.faults).padStart(8)}  ` +
  `${String(row.signedOut).padStart(10)}  ${String(row.stuck).padStart(5)}`;
for (const [name, row] of rows) {
  console.log(line(name, row));
  for (const key of ['sessions', 'faults', 'signedOut', 'stuck'] as const) total[key] += row[key];
}
console.log(line('all', total));
console.log(`revoked elsewhere: ${endedForGood} ended as they must, ${missedEndings} did not`);
complaints.slice(0, 20).forEach((complaint) => console.error(complaint));
console.log(`${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
const failed = total.signedOut + total.stuck + missedEndings;
console.log(`${total.sessions + endedForGood + missedEndings - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
