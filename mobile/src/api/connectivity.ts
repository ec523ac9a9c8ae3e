/** Whether the service answered last time: a fact from real requests, not the radio's opinion. */

let isReachable = true;
const listeners = new Set<() => void>();

export const connectivity = {
  isReachable: () => isReachable,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  report(reached: boolean): void {
    if (reached === isReachable) return;
    isReachable = reached;
    listeners.forEach((listener) => listener());
  },
};
