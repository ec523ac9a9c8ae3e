/** How a screen reader hears which of several buttons is chosen. */
export const chosen = (isChosen: boolean) => ({ 'aria-selected': isChosen });
