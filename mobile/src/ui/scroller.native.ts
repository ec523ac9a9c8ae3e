import { createContext } from 'react';

/** A phone's pages stay open below one another, and scrolled as they were. */
export const ScrollerContext = createContext<null>(null);

export const useKeptScroll = () => ({ scroller: null, attach: null, keep: (_offset: number): void => undefined });
