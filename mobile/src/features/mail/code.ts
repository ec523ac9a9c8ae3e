/** Codes as mails print them: eight digits, four and four. */

const DIGITS = 8;
const GROUP = 4;

/** Among other words, as when somebody copies a whole line. */
const PRINTED = /(?<!\d)\d{4}[\s-]?\d{4}(?!\d)/;

/** The digits in what was typed or pasted, at most eight. */
export function readCode(typed: string): string {
  const text = typed.normalize('NFKC');
  return (PRINTED.exec(text)?.[0] ?? text).replace(/\D/g, '').slice(0, DIGITS);
}

export const isComplete = (code: string): boolean => code.length === DIGITS;

/** With a gap in the middle, as soon as there is something behind it. */
export const printCode = (code: string): string =>
  code.length > GROUP ? `${code.slice(0, GROUP)} ${code.slice(GROUP)}` : code;
