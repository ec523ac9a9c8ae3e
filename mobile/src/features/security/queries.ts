import { useMutation, useQuery } from '@tanstack/react-query';

import {
  beginTotp,
  cancelFactorReset,
  distrustDevice,
  getFactors,
  removeTotp,
  renewRecoveryCodes,
} from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';

import { meKey } from '../account/queries';

const factorsKey = ['factors'] as const;

/** After any change of factors. */
export async function reloadFactors(): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: factorsKey }),
    queryClient.invalidateQueries({ queryKey: meKey }),
  ]);
}

export function useFactors() {
  return useQuery({
    queryKey: factorsKey,
    queryFn: ({ signal }) => getFactors({ signal }),
    refetchInterval: 15_000,
  });
}

/** One secret for as long as the page is open: whoever has scanned it must not be shown another. */
export function useTotpOffer() {
  return useQuery({ queryKey: ['totp-offer'], queryFn: () => beginTotp(), staleTime: 'static', gcTime: 0 });
}

export function useRemoveTotp() {
  return useMutation({ mutationFn: () => removeTotp(), onSettled: reloadFactors });
}

/** Kept no longer than they are shown. */
export function useRenewRecoveryCodes() {
  return useMutation({ mutationFn: () => renewRecoveryCodes(), gcTime: 0, onSettled: reloadFactors });
}

export function useDistrustDevice() {
  return useMutation({ mutationFn: (id: string) => distrustDevice(id), onSettled: reloadFactors });
}

export function useCancelReset(userId: number) {
  return useMutation({ mutationFn: () => cancelFactorReset(userId), onSettled: reloadFactors });
}
