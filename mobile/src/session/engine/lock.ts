/** Who may refresh: one holder at a time. */

export type Lock = {
  /** Waits for its turn, then runs `work`; the next one waits until it has settled. */
  run<T>(work: () => Promise<T>): Promise<T>;
};

/** For a platform with a single copy of the app, whose requests only have each other to wait for. */
export function createQueue(): Lock {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run(work) {
      const turn = tail.then(work, work);
      tail = turn.catch(() => undefined);
      return turn;
    },
  };
}
