/** A phone's screen reader moves by landmark; there is nothing to skip. */
export const SkipLink = () => null;
