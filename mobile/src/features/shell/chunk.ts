/** A part of the app that is fetched when somebody first wants it. */
export type ChunkState<M> = { phase: 'absent' | 'loading' | 'failed' } | { phase: 'there'; module: M };

export type Chunk<M> = {
  current: () => ChunkState<M>;
  subscribe: (listener: () => void) => () => void;
  /** Settles when it is there or has failed; once there, it stays. */
  load: () => Promise<void>;
};

export function createChunk<M>(fetchIt: () => Promise<M>): Chunk<M> {
  let state: ChunkState<M> = { phase: 'absent' };
  let loading: Promise<void> | null = null;
  const listeners = new Set<() => void>();

  function set(next: ChunkState<M>): void {
    state = next;
    for (const listener of listeners) listener();
  }

  return {
    current: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load() {
      if (state.phase === 'there') return Promise.resolve();
      if (loading) return loading;
      set({ phase: 'loading' });
      loading = fetchIt()
        .then(
          (module) => set({ phase: 'there', module }),
          () => set({ phase: 'failed' }),
        )
        .finally(() => {
          loading = null;
        });
      return loading;
    },
  };
}
