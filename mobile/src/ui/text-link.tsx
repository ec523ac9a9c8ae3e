import { Link, type Href } from 'expo-router';
import { StyleSheet } from 'react-native';

import { fontFamily } from './font';
import { useTheme } from './theme';

export function TextLink({ href, children }: { href: Href; children: string }) {
  const { colors } = useTheme();
  return (
    <Link href={href} style={[styles.link, { color: colors.accent }]}>
      {children}
    </Link>
  );
}

const styles = StyleSheet.create({
  link: { fontFamily, fontSize: 15, lineHeight: 23, fontWeight: '600', textDecorationLine: 'underline' },
});
