/** Undefined is the platform's own face: San Francisco or Roboto. */
export const fontFamily: string | undefined = undefined;
