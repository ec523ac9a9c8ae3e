/** Codes as authenticator apps show them: six digits, three and three. */

const DIGITS = 6;
const GROUP = 3;

/** The digits in what was typed or pasted, at most six. */
export const readTotp = (typed: string): string => typed.normalize('NFKC').replace(/\D/g, '').slice(0, DIGITS);

export const isTotp = (code: string): boolean => code.length === DIGITS;

/** With a gap in the middle, as soon as there is something behind it. */
export const printTotp = (code: string): string =>
  code.length > GROUP ? `${code.slice(0, GROUP)} ${code.slice(GROUP)}` : code;
