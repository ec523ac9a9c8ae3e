import { StyleSheet, View } from 'react-native';

import type { AuditEvent, Kind } from '@/api/generated/latchkey';
import { formatMoment } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Icon, radius, space, Text, TextLink, useGutter, useTheme } from '@/ui';
import type { Glyph } from '@/ui/glyphs';

const glyphs: Partial<Record<Kind, Glyph>> = {
  signed_in: 'key',
  signed_out: 'signOut',
  sessions_revoked: 'signOut',
  registered: 'user',
  email_changed: 'mail',
  verification_sent: 'mail',
  email_verified: 'check',
  reset_requested: 'mail',
  password_reset: 'key',
  email_change_requested: 'mail',
  email_change_cancelled: 'close',
  invited: 'mail',
  invitation_withdrawn: 'close',
  role_changed: 'shield',
  reactivated: 'check',
};

/** What an administrator should look at twice. */
const ALARMING: readonly Kind[] = [
  'sign_in_failed',
  'sign_in_throttled',
  'refresh_token_reused',
  'deactivated',
  'change_undone',
  'mail_bounced',
  'second_factor_failed',
  'second_factor_off',
  'recovery_code_used',
  'factors_reset_started',
  'factors_reset',
  'passkey_counter_stalled',
  'password_removed',
];

export function EventRow({ event, isFirst }: { event: AuditEvent; isFirst: boolean }) {
  const { t, language } = useTranslation();
  const { colors } = useTheme();
  const gutter = useGutter();
  const isAlarming = ALARMING.includes(event.kind);
  const actor = event.actor_id === event.user_id ? null : event.actor_id;
  return (
    <View style={[styles.row, { paddingHorizontal: gutter }, !isFirst && { borderTopWidth: 1, borderTopColor: colors.line }]}>
      <View style={[styles.disc, { backgroundColor: isAlarming ? colors.warningSoft : colors.sunken }]}>
        <Icon
          glyph={isAlarming ? 'alert' : (glyphs[event.kind] ?? 'info')}
          size={18}
          tone={isAlarming ? 'warning' : 'muted'}
        />
      </View>
      <View style={styles.words}>
        <Text variant="strong">{t(`audit.kinds.${event.kind}`)}</Text>
        <View style={styles.facts}>
          <Text variant="small">{formatMoment(event.created_at, language)}</Text>
          {event.user_id != null && (
            <TextLink href={{ pathname: '/admin/users/[id]', params: { id: String(event.user_id) } }}>
              {t('audit.concerns', { id: event.user_id })}
            </TextLink>
          )}
          {actor != null && (
            <Text variant="small" tone="muted">
              {t('audit.by', { id: actor })}
            </Text>
          )}
          <Text variant="small" tone="muted">
            {event.ip ? t('devices.address', { ip: event.ip }) : t('audit.system')}
          </Text>
        </View>
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  row: {
    flexDirection: 'row',
    alignItems: 'center',
    gap: space.md,
    paddingVertical: space.sm,
  },
  disc: { width: 36, height: 36, borderRadius: radius.round, alignItems: 'center', justifyContent: 'center' },
  words: { flex: 1, minWidth: 0 },
  facts: { flexDirection: 'row', flexWrap: 'wrap', alignItems: 'center', columnGap: space.sm },
});
