import type { ReactNode } from 'react';
import { StyleSheet, useWindowDimensions, View } from 'react-native';

import type { Session } from '@/api/generated/latchkey';
import { formatAgo, formatMoment } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Badge, Icon, radius, space, Text, useGutter, useTheme, WIDE_FROM } from '@/ui';

import { isPhone } from './is-phone';

type SessionRowProps = { session: Session; now: Date; isFirst: boolean; action?: ReactNode };

export function SessionRow({ session, now, isFirst, action }: SessionRowProps) {
  const { t, language } = useTranslation();
  const { colors } = useTheme();
  const gutter = useGutter();
  const isWide = useWindowDimensions().width >= WIDE_FROM;
  const seen = session.is_current
    ? t('devices.now')
    : t('devices.lastSeen', { when: formatAgo(session.last_seen_at, language, now) });
  const facts = [
    t('devices.address', { ip: session.ip }),
    t('devices.signedIn', { when: formatMoment(session.created_at, language) }),
  ];
  return (
    <View role="listitem" style={[styles.row, { paddingHorizontal: gutter }, !isFirst && { borderTopWidth: 1, borderTopColor: colors.line }]}>
      <View style={[styles.disc, { backgroundColor: colors.sunken }]}>
        <Icon glyph={isPhone(session) ? 'phone' : 'browser'} tone="muted" />
      </View>
      <View style={styles.words}>
        <View style={styles.name}>
          <Text variant="strong">{session.device_name}</Text>
          {session.is_current && <Badge label={t('devices.current')} tone="accent" />}
        </View>
        <Text variant="small">{seen}</Text>
        <Text variant="small" tone="muted">
          {facts.join(' · ')}
        </Text>
        {!isWide && action && <View style={styles.action}>{action}</View>}
      </View>
      {isWide && action}
    </View>
  );
}

const styles = StyleSheet.create({
  row: {
    flexDirection: 'row',
    alignItems: 'center',
    gap: space.md,
    paddingVertical: space.md,
  },
  disc: { width: 40, height: 40, borderRadius: radius.round, alignItems: 'center', justifyContent: 'center' },
  words: { flex: 1, minWidth: 0 },
  action: { paddingTop: space.xs },
  name: { flexDirection: 'row', flexWrap: 'wrap', alignItems: 'center', columnGap: space.xs },
});
