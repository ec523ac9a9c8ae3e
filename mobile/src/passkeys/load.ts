/** The ceremonies are a script of their own on the web, since most visits begin with none. */
import { networkProblem } from '@/session/engine/problem';

export function loadCeremony() {
  return import('./ceremony').catch(() => {
    throw networkProblem('unreachable');
  });
}
