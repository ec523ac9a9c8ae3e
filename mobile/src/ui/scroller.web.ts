import { useRoute } from 'expo-router';
import { createContext, useLayoutEffect, useState } from 'react';
import type { ScrollView } from 'react-native';

/** The element that a page scrolls in; null until it is there. */
export const ScrollerContext = createContext<HTMLElement | null>(null);

const MOST_KEPT = 50;

/** By the router's key of a visit: going back brings the same key, a new visit to the page another. */
const offsets = new Map<string, number>();

export const useKeptOffset = (): number => offsets.get(useRoute().key) ?? 0;

/** A page that is left is gone, and built anew when somebody comes back; it then stands where it stood. */
export function useKeptScroll() {
  const { key } = useRoute();
  const [scroller, setScroller] = useState<HTMLElement | null>(null);

  useLayoutEffect(() => {
    // Not scrollTo: on this element that is React Native's, which speaks of x and y.
    scroller?.scroll({ top: offsets.get(key) ?? 0 });
  }, [scroller, key]);

  return {
    scroller,
    /** React Native Web hands out the element itself. The same function each time, or it would attach anew. */
    attach: setScroller as unknown as (view: ScrollView | null) => void,
    keep(offset: number): void {
      offsets.delete(key);
      offsets.set(key, offset);
      const [oldest] = offsets.keys();
      if (offsets.size > MOST_KEPT && oldest !== undefined) offsets.delete(oldest);
    },
  };
}
