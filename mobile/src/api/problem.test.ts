import { problemFrom } from './problem';

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
