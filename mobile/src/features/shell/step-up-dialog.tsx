import { useSyncExternalStore } from 'react';

import { engine } from '@/session/app-session';

import { StepUp } from './factors';

/** Opens whenever the service wants to know again who asks; what asked goes on by itself. */
export function StepUpDialog() {
  const factors = useSyncExternalStore(engine.stepUp.subscribe, engine.stepUp.asked, engine.stepUp.asked);
  return factors && <StepUp factors={factors} />;
}
