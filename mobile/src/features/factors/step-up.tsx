import { useRouter } from 'expo-router';
import { StyleSheet, View } from 'react-native';

import { getStepUpOptions, stepUp } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { engine } from '@/session/app-session';
import { deviceToken } from '@/session/platform/storage';
import { Button, Overlay, space, Text } from '@/ui';

import { useMe } from '../account/queries';
import { FactorForm, type Proof } from './factor-form';

/** Asks the person to prove who they are, by one of these. */
export function StepUp({ factors }: { factors: readonly string[] }) {
  const { t } = useTranslation();
  const email = useMe().data?.email;
  const router = useRouter();
  const leave = () => engine.stepUp.settle(false);

  function setUp() {
    leave();
    router.push('/account/security/authenticator');
  }

  async function send(proof: Proof) {
    await stepUp(proof, { headers: await deviceToken.headers() });
    engine.stepUp.settle(true);
  }

  return (
    <Overlay isOpen title={t('stepUp.title')} onClose={leave}>
      <Text tone="muted">{t(factors.length > 0 ? 'stepUp.intro' : 'enrolment.needed')}</Text>
      {factors.length > 0 ? (
        <FactorForm
          name={t('stepUp.title')}
          submit={t('stepUp.submit')}
          factors={factors}
          email={email}
          send={send}
          beginPasskey={getStepUpOptions}
          aside={<Button kind="secondary" label={t('common.cancel')} onPress={leave} />}
        />
      ) : (
        <View style={styles.ways}>
          <Button label={t('authenticator.title')} onPress={setUp} />
          <Button kind="secondary" label={t('common.cancel')} onPress={leave} />
        </View>
      )}
    </Overlay>
  );
}

const styles = StyleSheet.create({
  ways: { flexDirection: 'row', flexWrap: 'wrap', gap: space.sm, paddingTop: space.sm },
});
