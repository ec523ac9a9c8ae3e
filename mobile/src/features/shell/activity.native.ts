/** A phone has the whole app at hand. */
export * from './activity-screens';
