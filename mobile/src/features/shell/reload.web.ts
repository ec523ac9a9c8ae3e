/** Loads the page anew if the service answers; without it, the browser would show a page of its own. */
export async function reloadIfServed(): Promise<void> {
  const isServed = await fetch('/', { method: 'HEAD', cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (isServed) window.location.reload();
}
