/** The reader's own interface face, so that no font has to travel. */
export const fontFamily: string | undefined =
  'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
