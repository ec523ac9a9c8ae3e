import { useMutation, useQuery } from '@tanstack/react-query';

import {
  addPasskey,
  beginPasskey,
  beginTotp,
  cancelFactorReset,
  distrustDevice,
  removePasskey,
  removePassword,
  removeTotp,
  renewRecoveryCodes,
  setSecondFactor,
} from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';
import { loadCeremony } from '@/passkeys/load';

import { factorsKey, meKey } from '../account/queries';

/** After any change of factors. */
export async function reloadFactors(): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: factorsKey }),
    queryClient.invalidateQueries({ queryKey: meKey }),
  ]);
}

/** Not waited for: it may take away what asked for the change, which is to hear of its success first. */
const reload = () => void reloadFactors();

/** One secret for as long as the page is open: whoever has scanned it must not be shown another. */
export function useTotpOffer() {
  return useQuery({ queryKey: ['totp-offer'], queryFn: () => beginTotp(), staleTime: 'static', gcTime: 0 });
}

export function useRemoveTotp() {
  return useMutation({ mutationFn: () => removeTotp(), onSettled: reload });
}

export function useAddPasskey() {
  return useMutation({
    mutationFn: async () => (await loadCeremony()).register(beginPasskey, addPasskey),
    onSettled: reload,
  });
}

export function useRemovePasskey() {
  return useMutation({ mutationFn: (id: string) => removePasskey(id), onSettled: reload });
}

export function useRemovePassword() {
  return useMutation({ mutationFn: () => removePassword(), onSettled: reload });
}

/** Its recovery codes are kept no longer than they are shown. */
export function useSetSecondFactor() {
  return useMutation({
    mutationFn: (isOn: boolean) => setSecondFactor({ second_factor: isOn }),
    gcTime: 0,
    onSettled: reload,
  });
}

/** Kept no longer than they are shown. */
export function useRenewRecoveryCodes() {
  return useMutation({ mutationFn: () => renewRecoveryCodes(), gcTime: 0, onSettled: reload });
}

export function useDistrustDevice() {
  return useMutation({ mutationFn: (id: string) => distrustDevice(id), onSettled: reload });
}

export function useCancelReset(userId: number) {
  return useMutation({ mutationFn: () => cancelFactorReset(userId), onSettled: reload });
}
