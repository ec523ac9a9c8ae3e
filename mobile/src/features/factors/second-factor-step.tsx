import { useState } from 'react';
import { View } from 'react-native';

import { getPasskeyOptions } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Choices, space, Text } from '@/ui';

import { FactorForm, type Proof } from './factor-form';

type Trust = 'no' | 'yes';

type SecondFactorStepProps = {
  /** That waits for the second factor. */
  flow: string;
  factors: readonly string[];
  /** Left out where nothing is to be remembered. */
  canTrust?: boolean;
  send: (proof: Proof, trustsDevice: boolean) => Promise<void>;
  onCancel: () => void;
};

/** The second half of a sign-in, or of a reset by mail. */
export function SecondFactorStep({ flow, factors, canTrust = false, send, onCancel }: SecondFactorStepProps) {
  const { t } = useTranslation();
  const [trust, setTrust] = useState<Trust>('no');
  return (
    <FactorForm
      name={t('secondFactor.title')}
      submit={t('secondFactor.submit')}
      factors={factors}
      beginPasskey={() => getPasskeyOptions({ flow })}
      send={(proof) => send(proof, trust === 'yes')}
      aside={<Button kind="quiet" label={t('secondFactor.cancel')} onPress={onCancel} />}
    >
      {canTrust && (
        <View style={{ gap: space.xs }}>
          <Text variant="label">{t('secondFactor.trust')}</Text>
          <Choices<Trust>
            label={t('secondFactor.trust')}
            value={trust}
            onChange={setTrust}
            choices={[
              { value: 'no', label: t('secondFactor.trustNo') },
              { value: 'yes', label: t('secondFactor.trustYes') },
            ]}
          />
        </View>
      )}
    </FactorForm>
  );
}
