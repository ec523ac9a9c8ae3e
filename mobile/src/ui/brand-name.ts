import { createContext, use } from 'react';

/** The product's name, as the service says it. */
export const BrandNameContext = createContext('Latchkey');

export const useBrandName = (): string => use(BrandNameContext);
