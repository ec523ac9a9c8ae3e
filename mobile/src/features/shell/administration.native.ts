/** A phone has the whole app at hand. */
export * from './administration-screens';
