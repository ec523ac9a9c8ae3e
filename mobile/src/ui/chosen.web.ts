/** ARIA knows no selected buttons, only pressed ones. */
export const chosen = (isChosen: boolean) => ({ 'aria-pressed': isChosen });
