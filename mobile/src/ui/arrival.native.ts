/** The system announces a new screen by itself. */
export function useArrival(_title: string): { headingId: string } {
  return { headingId: 'page-title' };
}
