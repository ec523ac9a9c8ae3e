/** Nothing moves for people who asked their system for less motion. */
export const overlayAnimation = (): 'fade' | 'none' =>
  globalThis.matchMedia?.('(prefers-reduced-motion: reduce)').matches ? 'none' : 'fade';
