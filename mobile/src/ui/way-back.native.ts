import { router, type Href } from 'expo-router';

/** Closes the pages above the one that is led to, where a link would open it once more. */
export const wayBack = { dismissTo: true } as const;

export const goBackTo = (href: Href): void => router.dismissTo(href);
