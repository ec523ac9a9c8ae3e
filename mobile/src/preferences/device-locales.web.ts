/** In the order of the reader's choice. */
export const deviceLocales = (): readonly string[] => navigator.languages;
