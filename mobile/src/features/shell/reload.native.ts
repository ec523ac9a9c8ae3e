/** A phone has no page to load anew. */
export const reloadIfServed = (): Promise<void> => Promise.resolve();
