import { act, renderHook } from '@testing-library/react';

import { clockTime, secondsUntil, useCountdown } from './use-countdown';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('rounds up, and never below zero', () => {
  expect([secondsUntil(1_001, 0), secondsUntil(1, 0), secondsUntil(0, 0), secondsUntil(0, 5_000)]).toEqual([2, 1, 0, 0]);
});

it('reads as clocks do', () => {
  expect([0, 9, 60, 61, 3_600].map(clockTime)).toEqual(['0:00', '0:09', '1:00', '1:01', '60:00']);
});

it('counts down to zero, and again when there is a later moment', () => {
  const start = Date.now();
  const { result, rerender } = renderHook(({ moment }) => useCountdown(moment), { initialProps: { moment: start + 3_000 } });
  const seen = [result.current];
  for (let step = 0; step < 4; step += 1) {
    act(() => jest.advanceTimersByTime(1_000));
    seen.push(result.current);
  }
  expect(seen).toEqual([3, 2, 1, 0, 0]);
  rerender({ moment: Date.now() + 2_000 });
  expect(result.current).toBe(2);
});
