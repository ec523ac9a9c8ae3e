/** The system announces a new screen by itself. */
export function useArrival(_title: string, _hasOwnFocus = false): { headingId: string } {
  return { headingId: 'page-title' };
}
