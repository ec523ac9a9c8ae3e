import { useState } from 'react';

import { finishSignIn, resetPassword, type Reset } from '@/api/generated/latchkey';
import { Problem } from '@/session/engine/problem';
import { deviceToken } from '@/session/platform/storage';

import { SecondFactorStep } from '../shell/factors';

type Waiting = { flow: string; factors: readonly string[]; body: Reset };

/**
 * Resets a password, and asks for the account's second factor on the way where there is one: `step` then
 * stands in place of the form.
 */
export function useResetPassword(onDone: () => Promise<void>) {
  const [waiting, setWaiting] = useState<Waiting | null>(null);

  const send = async (body: Reset) => resetPassword(body, { headers: await deviceToken.headers() });

  async function reset(body: Reset) {
    try {
      await send(body);
    } catch (failure) {
      if (!(failure instanceof Problem) || failure.action !== 'second_factor' || !failure.flow) throw failure;
      setWaiting({ flow: failure.flow, factors: failure.factors, body });
      return;
    }
    await onDone();
  }

  const step = waiting && (
      <SecondFactorStep
        flow={waiting.flow}
        factors={waiting.factors}
        send={async (proof) => {
          if ('password' in proof) return;
          await finishSignIn({ flow: waiting.flow, ...proof });
          await send({ ...waiting.body, second_factor_flow: waiting.flow });
          await onDone();
        }}
        onCancel={() => setWaiting(null)}
      />
  );
  return { reset, step };
}
