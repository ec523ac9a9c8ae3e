import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';

import { getPasskeyOptions, type User } from '@/api/generated/latchkey';
import type { Pick } from '@/passkeys/ceremony';
import { loadCeremony } from '@/passkeys/load';
import { hasAutofill, hasPasskeys } from '@/passkeys/support';
import { signInWithPasskey } from '@/session/sign-in';

const begin = () => getPasskeyOptions({});

/** Signs in with a passkey: asked for by a button, or picked among the suggestions of the address field. */
export function usePasskeySignIn(isOffered: boolean, onEntered: (user: User) => void) {
  const { mutate, reset, isPending, error } = useMutation({
    mutationFn: async (pick: Pick | null) =>
      pick ? pick(signInWithPasskey) : (await loadCeremony()).prove(begin, signInWithPasskey),
    onSuccess: onEntered,
  });
  const isPossible = isOffered && hasPasskeys();
  const isWaiting = isPossible && !isPending;

  useEffect(() => {
    if (!isWaiting) return undefined;
    let isOver = false;
    let end: () => void = () => undefined;
    async function offer() {
      if (!(await hasAutofill())) return;
      const { suggest } = await loadCeremony();
      if (!isOver) end = suggest(begin, mutate);
    }
    offer().catch(() => undefined);
    return () => {
      isOver = true;
      end();
    };
  }, [isWaiting, mutate]);

  return { isPossible, isBusy: isPending, failure: error, ask: () => mutate(null), clear: reset };
}
