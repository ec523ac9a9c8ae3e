import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { Icon, radius, space, Text, useTheme } from '@/ui';

import { containsName, hasGoodLength, strengthOf, type Strength } from './password-rules';

const steps: Record<Strength, number> = { none: 0, weak: 1, fair: 2, good: 3, strong: 4 };

/** The rules, ticked off while typing, and how hard the password is to guess. */
export function PasswordGuide({ password, email }: { password: string; email: string }) {
  const { t } = useTranslation();
  const strength = strengthOf(password);
  const isTyped = password !== '';
  return (
    <View style={styles.guide}>
      <StrengthBar strength={strength} />
      <Text variant="small" tone="muted" isAnnounced>
        {t('password.strength', { level: t(`password.levels.${strength}`) })}
      </Text>
      <View role="list" aria-label={t('password.rules')} style={styles.rules}>
        <Rule label={t('password.ruleLength')} isMet={hasGoodLength(password)} />
        <Rule label={t('password.ruleName')} isMet={isTyped && !containsName(password, email)} />
      </View>
      <Text variant="small" tone="muted">
        {t('password.commonHint')}
      </Text>
    </View>
  );
}

function StrengthBar({ strength }: { strength: Strength }) {
  const { colors } = useTheme();
  const filled = steps[strength];
  const colour = filled <= 1 ? colors.danger : filled === 2 ? colors.warning : colors.accent;
  return (
    <View aria-hidden style={styles.bar}>
      {[1, 2, 3, 4].map((step) => (
        <View key={step} style={[styles.step, { backgroundColor: step <= filled ? colour : colors.line }]} />
      ))}
    </View>
  );
}

function Rule({ label, isMet }: { label: string; isMet: boolean }) {
  const { t } = useTranslation();
  return (
    <View
      role="listitem"
      aria-label={`${label}: ${isMet ? t('password.ruleMet') : t('password.ruleOpen')}`}
      style={styles.rule}
    >
      <Icon glyph={isMet ? 'check' : 'dot'} size={16} tone={isMet ? 'accent' : 'muted'} />
      <Text variant="small" tone={isMet ? 'text' : 'muted'} style={styles.ruleText}>
        {label}
      </Text>
    </View>
  );
}

const styles = StyleSheet.create({
  guide: { gap: space.xs },
  bar: { flexDirection: 'row', gap: space.xxs },
  step: { flex: 1, height: 4, borderRadius: radius.round },
  rules: { gap: space.xxs },
  rule: { flexDirection: 'row', alignItems: 'center', gap: 6 },
  ruleText: { flexShrink: 1 },
});
