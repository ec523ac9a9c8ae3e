import { router, type Href } from 'expo-router';

/** The browser's history goes on: a step up is a step like any other. */
export const wayBack = {} as const;

export const goBackTo = (href: Href): void => router.navigate(href);
