import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import type { Begin, Deliver } from '@/passkeys/ceremony';
import { loadCeremony } from '@/passkeys/load';
import { Button, space, Text } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';

type PasskeyProofProps = {
  begin: Begin;
  send: Deliver<void>;
  /** Stands above the button. */
  children?: ReactNode;
  /** Stands beside the button. */
  aside?: ReactNode;
};

/** Asks for a passkey, once its button is pressed: browsers want to see that somebody is there. */
export function PasskeyProof({ begin, send, children, aside }: PasskeyProofProps) {
  const { t } = useTranslation();
  const proving = useMutation({
    mutationFn: async () => (await loadCeremony()).prove(begin, send),
  });
  return (
    <View style={styles.proof}>
      {proving.error && <ProblemNotice failure={proving.error} />}
      <Text tone="muted">{t('factor.passkey')}</Text>
      {children}
      <View style={styles.actions}>
        <Button icon="passkey" label={t('factor.passkeyAsk')} isBusy={proving.isPending} onPress={() => proving.mutate()} />
        {aside}
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  proof: { gap: space.lg },
  actions: { flexDirection: 'row', flexWrap: 'wrap', gap: space.sm },
});
