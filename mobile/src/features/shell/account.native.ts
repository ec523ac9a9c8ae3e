/** A phone has the whole app at hand. */
export * from './account-screens';
