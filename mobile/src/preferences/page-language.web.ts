/** What the document itself must say, for screen readers and for the stylesheet. */
export function setPageLanguage(language: string): void {
  document.documentElement.lang = language;
}

export function setPageScheme(scheme: string): void {
  document.documentElement.dataset.scheme = scheme;
}
