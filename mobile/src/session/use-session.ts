import { useSyncExternalStore } from 'react';

import { engine } from './app-session';
import type { SessionState } from './engine/machine';

export function useSession(): SessionState {
  return useSyncExternalStore(engine.subscribe, engine.state, engine.state);
}
