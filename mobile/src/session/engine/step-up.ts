/**
 * Proving again who one is, before something sensitive: whatever asks for it waits for one answer of
 * the person, and goes on with it.
 */

export type StepUp = ReturnType<typeof createStepUp>;

type Asked = { factors: readonly string[]; answer: Promise<boolean>; settle: (isProved: boolean) => void };

export function createStepUp() {
  let asked: Asked | null = null;
  const listeners = new Set<() => void>();

  function set(next: Asked | null): void {
    asked = next;
    listeners.forEach((listener) => listener());
  }

  return {
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    /** By what the person is to prove it; null while nothing asks. */
    asked: (): readonly string[] | null => asked?.factors ?? null,

    /** Resolves to whether they did. Requests that ask at the same time share the answer. */
    ask(factors: readonly string[]): Promise<boolean> {
      if (asked) return asked.answer;
      let settle: (isProved: boolean) => void = () => undefined;
      const answer = new Promise<boolean>((resolve) => {
        settle = resolve;
      });
      set({ factors, answer, settle });
      return answer;
    },

    /** The person did it, or would rather not; also said when their session is over. */
    settle(isProved: boolean): void {
      const before = asked;
      if (!before) return;
      set(null);
      before.settle(isProved);
    },
  };
}
