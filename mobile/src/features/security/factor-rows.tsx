import { useState } from 'react';
import { StyleSheet, View } from 'react-native';

import type { Overview } from '@/api/generated/latchkey';
import { formatAgo, formatDate } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Badge, Button, Card, Dialog, Icon, ListLink, space, Text, useGutter, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { useRemoveTotp } from './queries';

type FactorRowsProps = { overview: Overview; now: Date };

/** Whether a second factor is on, and what it is made of. */
export function FactorRows({ overview, now }: FactorRowsProps) {
  const { t, language } = useTranslation();
  const { totp, second_factor: isOn, recovery_codes_left: left } = overview;
  return (
    <Card isFlush>
      <State isOn={isOn} />
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
      {totp && <RemoveApp />}
    </Card>
  );
}

function State({ isOn }: { isOn: boolean }) {
  const { t } = useTranslation();
  const gutter = useGutter();
  return (
    <View style={[styles.state, { paddingHorizontal: gutter }]}>
      <Icon glyph="shield" tone="muted" />
      <View style={styles.words}>
        <Text variant="heading" level={2}>
          {t('security.secondFactor')}
        </Text>
        <Text variant="small" tone="muted">
          {t(isOn ? 'security.onDetail' : 'security.offDetail')}
        </Text>
      </View>
      <Badge label={t(isOn ? 'security.on' : 'security.off')} tone={isOn ? 'accent' : 'neutral'} />
    </View>
  );
}

function RemoveApp() {
  const { t } = useTranslation();
  const toast = useToast();
  const gutter = useGutter();
  const remove = useRemoveTotp();
  const [isAsking, setAsking] = useState(false);

  function confirm() {
    remove.mutate(undefined, {
      onSuccess: () => toast(t('security.removed')),
      onSettled: () => setAsking(false),
    });
  }

  return (
    <View style={[styles.foot, { padding: gutter }]}>
      {remove.error && <ProblemNotice failure={remove.error} />}
      <Button kind="quiet-danger" icon="trash" label={t('security.remove')} onPress={() => setAsking(true)} />
      <Dialog
        isOpen={isAsking}
        title={t('security.removeTitle')}
        cancelLabel={t('common.cancel')}
        confirm={{ label: t('security.remove'), onPress: confirm, isBusy: remove.isPending }}
        onClose={() => setAsking(false)}
      >
        {t('security.removeText')}
      </Dialog>
    </View>
  );
}

const styles = StyleSheet.create({
  state: { flexDirection: 'row', alignItems: 'center', gap: space.md, paddingVertical: space.md },
  words: { flex: 1, minWidth: 0 },
  foot: { gap: space.md },
});
