import { Modal, StyleSheet, View } from 'react-native';

import { stepUp } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { engine } from '@/session/app-session';
import { deviceToken } from '@/session/platform/storage';
import { Button, KeyboardSpace, radius, space, Text, useTheme } from '@/ui';

import { useMe } from '../account/queries';
import { FactorForm, type Proof } from './factor-form';

/** Asks the person to prove who they are, by one of these. */
export function StepUp({ factors }: { factors: readonly string[] }) {
  const { t } = useTranslation();
  const { colors } = useTheme();
  const email = useMe().data?.email;
  const leave = () => engine.stepUp.settle(false);

  async function send(proof: Proof) {
    await stepUp(proof, { headers: await deviceToken.headers() });
    engine.stepUp.settle(true);
  }

  return (
    <Modal visible transparent animationType="fade" onRequestClose={leave} aria-label={t('stepUp.title')}>
      <KeyboardSpace>
      <View style={[styles.overlay, { backgroundColor: colors.overlay }]}>
        <View style={[styles.box, { backgroundColor: colors.surface, borderColor: colors.line }]}>
          <Text variant="title" level={2}>
            {t('stepUp.title')}
          </Text>
          <Text tone="muted">{t('stepUp.intro')}</Text>
          <FactorForm
            name={t('stepUp.title')}
            submit={t('stepUp.submit')}
            factors={factors}
            email={email}
            send={send}
            aside={<Button kind="secondary" label={t('common.cancel')} onPress={leave} />}
          />
        </View>
      </View>
      </KeyboardSpace>
    </Modal>
  );
}

const styles = StyleSheet.create({
  overlay: { flex: 1, alignItems: 'center', justifyContent: 'center', padding: space.lg },
  box: { width: '100%', maxWidth: 440, gap: space.sm, padding: space.lg, borderRadius: radius.lg, borderWidth: 1 },
});
