/** Keeps secrets of mailed links out of the address bar, the history and the router. */
import { takeOut } from './mailed-link';

function clean(): void {
  const address = window.location.href;
  const cleaned = takeOut(address);
  if (cleaned !== address) window.history.replaceState(window.history.state, '', cleaned);
}

clean();
// A link that is pasted into an open page changes only its fragment.
window.addEventListener('popstate', clean);
window.addEventListener('hashchange', clean);
