import { useEffect } from 'react';

const HEADING = 'page-title';
let hasArrivedBefore = false;

/**
 * What a page load does and a client-side step does not: names the document and moves the focus
 * to the new page's heading, so that a screen reader reads it and Tab goes on from there. A page that
 * puts the focus into its own field says so.
 */
export function useArrival(title: string, hasOwnFocus = false): { headingId: string } {
  useEffect(() => {
    document.title = title;
  }, [title]);

  useEffect(() => {
    const heading = document.getElementById(HEADING);
    if (hasArrivedBefore && heading && !hasOwnFocus) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    hasArrivedBefore = true;
  }, [hasOwnFocus]);

  return { headingId: HEADING };
}
