/** One runtime, one holder: a queue is all it takes. */

export function createLock(): Lock {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run(work) {
      const turn = tail.then(work, work);
      tail = turn.catch(() => undefined);
      return turn;
    },
  };
}

export type Lock = {
  /** Waits for its turn, then runs `work`; the next one waits until it has settled. */
  run<T>(work: () => Promise<T>): Promise<T>;
};
