import { StyleSheet, View } from 'react-native';

import type { Overview } from '@/api/generated/latchkey';
import { formatAgo, formatDate } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Badge, Button, Card, Icon, ListLink, space, Text, useGutter, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { Ending } from './ending';
import { useRemoveTotp, useSetSecondFactor } from './queries';

type FactorRowsProps = { overview: Overview; now: Date; onCodes: (codes: readonly string[]) => void };

/** Whether a second factor is on, and what it is made of. */
export function FactorRows({ overview, now, onCodes }: FactorRowsProps) {
  const { t, language } = useTranslation();
  const { totp, passkeys, second_factor: isOn, recovery_codes_left: left } = overview;
  const hasPasskey = passkeys.length > 0;
  return (
    <Card isFlush>
      <State overview={overview} />
      {!isOn && hasPasskey && <TurnOn onCodes={onCodes} />}
      <ListLink
        href="/account/security/authenticator"
        title={t('security.app')}
        detail={
          totp
            ? t('security.appSince', {
                date: formatDate(totp.confirmed_at, language),
                when: formatAgo(totp.last_used_at, language, now),
              })
            : t('security.appNone')
        }
        leading={<Icon glyph="phone" tone="muted" />}
      />
      {isOn && (
        <ListLink
          href="/account/security/recovery-codes"
          title={t('recoveryCodes.title')}
          detail={t('recoveryCodes.left', { number: left })}
          leading={<Icon glyph="list" tone="muted" />}
        />
      )}
      {totp && <RemoveApp hasPasskey={hasPasskey} />}
      {isOn && !totp && hasPasskey && <TurnOff />}
    </Card>
  );
}

function State({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const gutter = useGutter();
  const isOn = overview.second_factor;
  return (
    <View style={[styles.state, { paddingHorizontal: gutter }]}>
      <Icon glyph="shield" tone="muted" />
      <View style={styles.words}>
        <Text variant="heading" level={2}>
          {t('security.secondFactor')}
        </Text>
        <Text variant="small" tone="muted">
          {t(detailOf(overview))}
        </Text>
      </View>
      <Badge label={t(isOn ? 'security.on' : 'security.off')} tone={isOn ? 'accent' : 'neutral'} />
    </View>
  );
}

function detailOf({ password, passkeys, second_factor: isOn }: Overview) {
  const hasPasskey = passkeys.length > 0;
  if (!password) return 'security.passkeysOnly';
  if (isOn) return hasPasskey ? 'security.onPasskeys' : 'security.onDetail';
  return hasPasskey ? 'security.offPasskeys' : 'security.offDetail';
}

/** Lets passkeys be the second factor, without an app. */
function TurnOn({ onCodes }: { onCodes: (codes: readonly string[]) => void }) {
  const { t } = useTranslation();
  const gutter = useGutter();
  const set = useSetSecondFactor();
  return (
    <View style={[styles.foot, { paddingHorizontal: gutter, paddingBottom: gutter }]}>
      {set.error && <ProblemNotice failure={set.error} />}
      <Button
        label={t('security.turnOn')}
        isBusy={set.isPending}
        onPress={() => set.mutate(true, { onSuccess: ({ recovery_codes: codes }) => codes && onCodes(codes) })}
      />
    </View>
  );
}

function TurnOff() {
  const { t } = useTranslation();
  const toast = useToast();
  const set = useSetSecondFactor();
  return (
    <Ending
      label={t('security.turnOff')}
      title={t('security.turnOffTitle')}
      text={t('security.turnOffText')}
      failure={set.error}
      isBusy={set.isPending}
      onConfirm={(onSettled) => set.mutate(false, { onSuccess: () => toast(t('security.turnedOff')), onSettled })}
    />
  );
}

function RemoveApp({ hasPasskey }: { hasPasskey: boolean }) {
  const { t } = useTranslation();
  const toast = useToast();
  const remove = useRemoveTotp();
  return (
    <Ending
      icon="trash"
      label={t('security.remove')}
      title={t('security.removeTitle')}
      text={t(hasPasskey ? 'security.removeTextPasskeys' : 'security.turnOffText')}
      failure={remove.error}
      isBusy={remove.isPending}
      onConfirm={(onSettled) =>
        remove.mutate(undefined, {
          onSuccess: () => toast(t(hasPasskey ? 'security.removedApp' : 'security.removed')),
          onSettled,
        })
      }
    />
  );
}

const styles = StyleSheet.create({
  state: { flexDirection: 'row', alignItems: 'center', gap: space.md, paddingVertical: space.md },
  words: { flex: 1, minWidth: 0 },
  foot: { gap: space.md },
});
