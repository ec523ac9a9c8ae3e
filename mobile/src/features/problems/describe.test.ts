import i18next from 'i18next';

import { startI18n } from '@/i18n/start';
import { Problem } from '@/session/engine/problem';

import { describeProblem, describeWait } from './describe';

beforeAll(() => startI18n('en'));

it.each([
  [1, '1 second', '1 Sekunde'],
  [900, '1 second', '1 Sekunde'],
  [59_000, '59 seconds', '59 Sekunden'],
  [59_001, '1 minute', '1 Minute'],
  [61_000, '2 minutes', '2 Minuten'],
  [3_600_000, '60 minutes', '60 Minuten'],
  [7_200_000, '2 hours', '2 Stunden'],
  [7_200_001, '3 hours', '3 Stunden'],
  [86_400_000, '24 hours', '24 Stunden'],
])('calls %i ms %s', (ms, english, german) => {
  expect(describeWait(ms, i18next.getFixedT('en'))).toBe(english);
  expect(describeWait(ms, i18next.getFixedT('de'))).toBe(german);
});

const problem = (code: string, status: number, retryAfterMs?: number) =>
  new Problem({ code, status, action: status === 429 ? 'wait' : 'retry', ...(retryAfterMs && { retryAfterMs }) });

it.each([
  ['rate_limited', 429, 'Too many attempts. Try again in 20 minutes.', 'Too many attempts. Wait a moment and try again.'],
  ['overloaded', 503, 'The server is busy. Try again in 20 minutes.', 'The server is busy. Try again in a moment.'],
  // What a proxy answers by itself.
  ['unexpected_answer', 503, 'The server is busy. Try again in 20 minutes.', 'The server sent an unexpected response. Try again.'],
  ['unexpected_answer', 429, 'Too many attempts. Try again in 20 minutes.', 'The server sent an unexpected response. Try again.'],
])('says of %s (%i) how long to wait, where the answer does', (code, status, withTime, without) => {
  const t = i18next.getFixedT('en');
  expect(describeProblem(problem(code, status, 20 * 60_000), t)).toBe(withTime);
  expect(describeProblem(problem(code, status), t)).toBe(without);
});

it('says so in German', () => {
  const t = i18next.getFixedT('de');
  expect(describeProblem(problem('rate_limited', 429, 90_000), t)).toBe('Zu viele Versuche. Versuche es in 2 Minuten noch einmal.');
  expect(describeProblem(problem('shutting_down', 503, 3_000), t)).toBe('Der Server ist gerade ausgelastet. Versuche es in 3 Sekunden noch einmal.');
});
