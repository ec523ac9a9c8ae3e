/** Inter comes with a build (scripts/font.mjs); until it is there, the reader's own interface face. */
export const fontFamily: string | undefined =
  'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
