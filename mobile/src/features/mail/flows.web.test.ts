import { forgetFlow, keepFlow, readFlow } from './flows';

const NOW = 1_800_000_000_000;
const started = { flow: '0197a1b2-0000-7000-8000-000000000001', expires_in: 3600, resend_in: 60 };

beforeEach(() => window.localStorage.clear());

it('outlives a reload, until it is over', () => {
  const kept = keepFlow('reset', 'ada@example.org', started, NOW);
  expect(kept).toEqual({ flow: started.flow, email: 'ada@example.org', resendAt: NOW + 60_000, expiresAt: NOW + 3_600_000 });
  expect(readFlow('reset', NOW + 3_599_999)).toEqual(kept);
  expect(readFlow('reset', NOW + 3_600_000)).toBeNull();
  expect(readFlow('sign-up', NOW)).toBeNull();
});

it('is gone when it is forgotten', () => {
  keepFlow('sign-up', 'ada@example.org', started, NOW);
  forgetFlow('sign-up');
  expect(readFlow('sign-up', NOW)).toBeNull();
});

it.each(['', '{}', 'null', '{"flow":1}', '{"flow":"a","email":"b","resendAt":"soon","expiresAt":null}'])(
  'takes %j for none',
  (stored) => {
    window.localStorage.setItem('latchkey.preference.mail-flow.reset', stored);
    expect(readFlow('reset', NOW)).toBeNull();
  },
);
