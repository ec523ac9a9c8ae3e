import { useSyncExternalStore } from 'react';

import { engine } from './app-session';
import type { SessionState } from './machine';

export function useSession(): SessionState {
  return useSyncExternalStore(engine.subscribe, engine.state, engine.state);
}
