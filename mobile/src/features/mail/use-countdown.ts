import { useEffect, useState } from 'react';

/** Rounded up, so that zero means that the time has come. */
export const secondsUntil = (moment: number, now: number): number => Math.max(0, Math.ceil((moment - now) / 1000));

/** `0:42` */
export const clockTime = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

/** The seconds that are left until a moment, counted down; none if it is not known. */
export function useCountdown(moment: number): number {
  const [now, setNow] = useState(Date.now);
  const left = secondsUntil(moment, now) || 0;
  useEffect(() => {
    // A moment that was just set lies further ahead than what was seen of the clock so far.
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return left;
}
