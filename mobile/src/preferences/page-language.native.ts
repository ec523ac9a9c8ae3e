/** The system knows which language an app speaks. */
export const setPageLanguage = (_language: string): void => undefined;
export const setPageScheme = (_scheme: string): void => undefined;
