import { router, type Href } from 'expo-router';

const DISMISS = { dismissTo: true } as const;

/** Closes the pages above the one that is led to, where a link would open it once more. */
export const useWayBack = (isWayBack: boolean) => (isWayBack ? DISMISS : {});

export const goBackTo = (href: Href): void => router.dismissTo(href);
