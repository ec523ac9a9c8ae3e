/** A browser has no name; the server keeps its user agent. */
export const deviceName = (): string | null => null;
