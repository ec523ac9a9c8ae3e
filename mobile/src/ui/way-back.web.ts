import { router, useNavigation, type Href, type Link } from 'expo-router';
import type { ComponentProps } from 'react';

type Press = Parameters<NonNullable<ComponentProps<typeof Link>['onPress']>>[0];
type State = { index: number; routes: { name: string }[] };

/**
 * Where the page above was come from, the way up is the way back: the browser shows it as it was left.
 * After a link from elsewhere it is a step like any other.
 */
export function useWayBack(isWayBack: boolean) {
  const navigation = useNavigation();
  if (!isWayBack) return {};
  return {
    onPress(event: Press) {
      const { index, routes }: State = navigation.getState() ?? { index: 0, routes: [] };
      if (routes[index - 1]?.name !== 'index' || opensElsewhere(event)) return;
      // The link itself then does nothing.
      event.preventDefault();
      router.back();
    },
  };
}

/** In a new tab or window, or as a download: the browser's business. */
function opensElsewhere(event: Press): boolean {
  const { altKey, ctrlKey, metaKey, shiftKey, button } = event as unknown as MouseEvent;
  return altKey || ctrlKey || metaKey || shiftKey || button !== 0;
}

export const goBackTo = (href: Href): void => router.navigate(href);
