/** React Query listens to the browser by itself. */
export const followPlatform = (): void => undefined;
