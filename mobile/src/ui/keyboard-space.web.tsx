import type { ReactNode } from 'react';

/** Browsers scroll to the field by themselves. */
export const KeyboardSpace = ({ children }: { children: ReactNode }) => children;
