import { useEffect } from 'react';
import { StyleSheet, View } from 'react-native';

import type { Overview } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { loadCeremony } from '@/passkeys/load';
import { hasPasskeys } from '@/passkeys/support';
import { Button, Card, space, Text, useGutter, useTheme, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { PasskeyRow } from './passkey-row';
import { useAddPasskey } from './queries';

type PasskeysCardProps = { overview: Overview; now: Date };

/** The passkeys of the account, and the way to another one. */
export function PasskeysCard({ overview, now }: PasskeysCardProps) {
  const { t } = useTranslation();
  const { passkeys, accepted } = overview;
  useEffect(() => {
    // A passkey that was removed elsewhere vanishes from this device too.
    if (accepted && hasPasskeys()) loadCeremony().then(({ tellAccepted }) => tellAccepted(accepted), () => undefined);
  }, [accepted]);
  return (
    <Card title={t('passkeys.title')} intro={t('passkeys.intro')} isFlush>
      {passkeys.length > 0 && (
        <View role="list" aria-label={t('passkeys.title')}>
          {passkeys.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} overview={overview} now={now} />
          ))}
        </View>
      )}
      <Adding />
    </Card>
  );
}

function Adding() {
  const { t } = useTranslation();
  const { colors } = useTheme();
  const gutter = useGutter();
  const toast = useToast();
  const add = useAddPasskey();
  return (
    <View style={[styles.foot, { padding: gutter, borderTopColor: colors.line }]}>
      {add.error && <ProblemNotice failure={add.error} />}
      {hasPasskeys() ? (
        <Button
          kind="secondary"
          icon="passkey"
          label={t('passkeys.add')}
          isBusy={add.isPending}
          onPress={() => add.mutate(undefined, { onSuccess: ({ name }) => toast(t('passkeys.added', { name })) })}
        />
      ) : (
        <Text tone="muted">{t('passkeys.unsupported')}</Text>
      )}
    </View>
  );
}

const styles = StyleSheet.create({ foot: { gap: space.md, borderTopWidth: 1 } });
