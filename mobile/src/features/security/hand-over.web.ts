/** Copies a text. Fails where a page is not served over HTTPS, and where the browser was told not to. */
export async function handOver(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
