import { Link, type Href } from 'expo-router';
import { StyleSheet } from 'react-native';

import { fontFamily } from './font';
import { useTheme } from './theme';

type TextLinkProps = { href: Href; children: string; onPress?: () => void };

export function TextLink({ href, children, onPress }: TextLinkProps) {
  const style = useLinkStyle();
  return (
    <Link href={href} style={style} {...(onPress && { onPress })}>
      {children}
    </Link>
  );
}

export function useLinkStyle() {
  const { colors } = useTheme();
  return [styles.link, { color: colors.accent }];
}

const styles = StyleSheet.create({
  link: { fontFamily, fontSize: 15, lineHeight: 23, fontWeight: '600', textDecorationLine: 'underline' },
});
