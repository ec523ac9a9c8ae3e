import { useWindowDimensions } from 'react-native';

import { space, WIDE_FROM } from './theme';

/** The room between a card's edge and what is in it: a phone has none to give away. */
export function useGutter(): number {
  return useWindowDimensions().width >= WIDE_FROM ? space.lg : space.md;
}
