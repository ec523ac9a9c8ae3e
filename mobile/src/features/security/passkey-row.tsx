import { useState } from 'react';
import { StyleSheet, View } from 'react-native';

import type { Overview, Passkey } from '@/api/generated/latchkey';
import { formatAgo, formatDate } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Badge, Button, Dialog, Icon, space, Text, useGutter, useTheme, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { useRemovePasskey } from './queries';
import { RenamePasskey } from './rename-passkey';

type PasskeyRowProps = { passkey: Passkey; overview: Overview; now: Date };

export function PasskeyRow({ passkey, overview, now }: PasskeyRowProps) {
  const { t } = useTranslation();
  const { colors } = useTheme();
  const gutter = useGutter();
  const [isRenaming, setRenaming] = useState(false);
  return (
    <View role="listitem" style={[styles.row, { paddingHorizontal: gutter, borderTopColor: colors.line }]}>
      <Icon glyph="passkey" tone="muted" />
      <View style={styles.words}>
        {isRenaming ? (
          <RenamePasskey passkey={passkey} onDone={() => setRenaming(false)} />
        ) : (
          <Facts passkey={passkey} now={now} />
        )}
      </View>
      {!isRenaming && (
        <View style={styles.actions}>
          <Button
            kind="quiet"
            label={t('passkeys.rename')}
            accessibleName={t('passkeys.renameOne', { name: passkey.name })}
            onPress={() => setRenaming(true)}
          />
          <RemovePasskey passkey={passkey} overview={overview} />
        </View>
      )}
    </View>
  );
}

function Facts({ passkey, now }: { passkey: Passkey; now: Date }) {
  const { t, language } = useTranslation();
  const facts = [
    passkey.provider !== passkey.name && passkey.provider,
    t('passkeys.addedOn', { date: formatDate(passkey.created_at, language) }),
    passkey.last_used_at == null
      ? t('passkeys.unused')
      : t('passkeys.used', { when: formatAgo(passkey.last_used_at, language, now) }),
  ];
  return (
    <>
      <View style={styles.name}>
        <Text variant="strong">{passkey.name}</Text>
        <Badge
          label={t(passkey.is_backed_up ? 'passkeys.synced' : 'passkeys.notSynced')}
          tone={passkey.is_backed_up ? 'accent' : 'neutral'}
        />
      </View>
      <Text variant="small" tone="muted">
        {facts.filter(Boolean).join(' · ')}
      </Text>
      {passkey.counter_stalled_at != null && (
        <Text variant="small" tone="warning">
          {t('passkeys.stalled', { date: formatDate(passkey.counter_stalled_at, language) })}
        </Text>
      )}
    </>
  );
}

function RemovePasskey({ passkey, overview }: { passkey: Passkey; overview: Overview }) {
  const { t } = useTranslation();
  const toast = useToast();
  const remove = useRemovePasskey();
  const [isAsking, setAsking] = useState(false);
  const { name } = passkey;
  const isLastFactor = overview.second_factor && overview.totp == null && overview.passkeys.length === 1;

  function confirm() {
    remove.mutate(passkey.id, {
      onSuccess: () => {
        toast(t('passkeys.removed', { name }));
        setAsking(false);
      },
    });
  }

  return (
    <>
      <Button
        kind="quiet-danger"
        label={t('passkeys.remove')}
        accessibleName={t('passkeys.removeOne', { name })}
        onPress={() => setAsking(true)}
      />
      <Dialog
        isOpen={isAsking}
        title={t('passkeys.removeTitle', { name })}
        cancelLabel={t('common.cancel')}
        confirm={{ label: t('passkeys.remove'), onPress: confirm, isBusy: remove.isPending }}
        onClose={() => setAsking(false)}
      >
        {remove.error && <ProblemNotice failure={remove.error} />}
        <Text tone="muted">{t('passkeys.removeText')}</Text>
        {isLastFactor && <Text tone="muted">{t('security.turnOffText')}</Text>}
      </Dialog>
    </>
  );
}

const styles = StyleSheet.create({
  row: {
    flexDirection: 'row',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: space.md,
    paddingVertical: space.md,
    borderTopWidth: 1,
  },
  words: { flexGrow: 1, flexShrink: 1, flexBasis: 220, minWidth: 0 },
  name: { flexDirection: 'row', flexWrap: 'wrap', alignItems: 'center', columnGap: space.xs },
  actions: { flexDirection: 'row', gap: space.xs },
});
