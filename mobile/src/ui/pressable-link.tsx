import { Link, type Href } from 'expo-router';
import { useState, type ReactNode } from 'react';
import { Pressable, StyleSheet, type StyleProp, type ViewStyle } from 'react-native';

import { useTheme } from './theme';
import { useWayBack } from './way-back';

type PressableLinkProps = {
  href: Href;
  children: ReactNode;
  style: StyleProp<ViewStyle>;
  isCurrentPage?: boolean;
  /** Leads up, to a page that is open below this one. */
  isWayBack?: boolean;
};

/** A whole area that leads somewhere. The router hands on one plain style, so it minds hovering itself. */
export function PressableLink({ href, children, style, isCurrentPage = false, isWayBack = false }: PressableLinkProps) {
  const { colors } = useTheme();
  const [isTouched, setTouched] = useState(false);
  const wayBack = useWayBack(isWayBack);
  return (
    <Link href={href} {...wayBack} asChild>
      <Pressable
        aria-current={isCurrentPage ? 'page' : undefined}
        onHoverIn={() => setTouched(true)}
        onHoverOut={() => setTouched(false)}
        onPressIn={() => setTouched(true)}
        onPressOut={() => setTouched(false)}
        style={StyleSheet.flatten([isTouched && { backgroundColor: colors.sunken }, style])}
      >
        {children}
      </Pressable>
    </Link>
  );
}
