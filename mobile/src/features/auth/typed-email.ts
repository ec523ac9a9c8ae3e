/** The address that somebody typed on one of the pages before signing in, so that the next one has it. In memory only. */
let typed = '';

export const rememberEmail = (email: string): void => void (typed = email);

export const rememberedEmail = (): string => typed;
