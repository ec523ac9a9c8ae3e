import { problemFrom } from './read-problem';

const body = {
  code: 'validation_failed',
  action: 'fix',
  status: 422,
  detail: 'Look again.',
  request_id: 'r-1',
  errors: { email: ['Too long.'] },
};

it('reads a problem document, parsed or as text', () => {
  for (const form of [body, JSON.stringify(body)]) {
    expect(problemFrom(422, form, {})).toMatchObject({
      code: 'validation_failed',
      action: 'fix',
      status: 422,
      detail: 'Look again.',
      requestId: 'r-1',
      errors: { email: ['Too long.'] },
    });
  }
});

it('reads Retry-After in seconds', () => {
  expect(problemFrom(429, { code: 'rate_limited', action: 'wait' }, { 'retry-after': '3' }).retryAfterMs).toBe(3000);
  expect(problemFrom(503, {}, {}).retryAfterMs).toBeUndefined();
});

it('reads Retry-After as a date by the clock of the answer', () => {
  const headers = { date: 'Tue, 10 Mar 2026 12:00:00 GMT', 'retry-after': 'Tue, 10 Mar 2026 12:00:07 GMT' };
  expect(problemFrom(503, '', headers).retryAfterMs).toBe(7_000);
  expect(problemFrom(503, '', { 'retry-after': headers['retry-after'] }).retryAfterMs).toBeUndefined();
  expect(problemFrom(503, '', { 'retry-after': 'soon' }).retryAfterMs).toBeUndefined();
});

it.each(['99999999', '-5', '3600'])('believes a Retry-After of %s within a day only, and keeps nobody waiting', (value) => {
  const problem = problemFrom(503, '', { 'retry-after': value });
  expect(problem.retryAfterMs).toBeGreaterThanOrEqual(0);
  expect(problem.retryAfterMs).toBeLessThanOrEqual(86_400_000);
  expect(problem.isWorthAPause).toBe(Number(value) <= 5);
});

it('takes an action that it does not know for fix, and keeps the rest', () => {
  for (const status of [401, 403, 503]) {
    const problem = problemFrom(status, { code: 'dance_required', action: 'dance', detail: 'Prove it.' }, {});
    expect(problem).toMatchObject({ code: 'dance_required', action: 'fix', detail: 'Prove it.' });
  }
});

it.each([
  [401, '<html>Log in to the hotel network</html>'],
  [401, { error: 'unauthorized' }],
  [403, ''],
  [500, 'Bad Gateway'],
  [502, null],
  [200, '{"code":"session_rev'],
  [401, { code: 'session_revoked', action: 'sign-out-please' }],
])('never takes a %i that is not ours for the end of a session', (status, content) => {
  expect(problemFrom(status, content, {}).action).not.toBe('reauth');
});

it('lets transient answers of strangers be tried again', () => {
  expect(problemFrom(502, 'Bad Gateway', {}).action).toBe('retry');
  expect(problemFrom(429, '', {}).action).toBe('wait');
  expect(problemFrom(200, '<html>', {}).action).toBe('retry');
});
