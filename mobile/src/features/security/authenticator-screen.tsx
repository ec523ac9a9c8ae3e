import { useState } from 'react';
import { StyleSheet, View } from 'react-native';

import { confirmTotp, type TotpOffer } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Card, Notice, Page, space, Text, useToast } from '@/ui';
import { goBackTo } from '@/ui/way-back';

import { useMe } from '../account/queries';
import { FactorForm, type Proof } from '../factors/factor-form';
import { QueryView } from '../problems/query-view';
import { AppOffer } from './app-offer';
import { reloadFactors, useTotpOffer } from './queries';
import { RecoveryCodeList } from './recovery-code-list';

const OVERVIEW = '/account/security';

type Codes = readonly string[];

/** Sets up an authenticator app, or another one in place of the one in use. */
export function AuthenticatorScreen() {
  const { t } = useTranslation();
  const [codes, setCodes] = useState<Codes | null>(null);
  const email = useMe().data?.email ?? '';
  if (codes) {
    return (
      <Page title={t('recoveryCodes.title')}>
        <Notice title={t('authenticator.onTitle')}>{t('authenticator.on')}</Notice>
        <RecoveryCodeList codes={codes} email={email} onStored={() => goBackTo(OVERVIEW)} />
      </Page>
    );
  }
  return (
    <Page title={t('authenticator.title')} up={{ href: OVERVIEW, label: t('security.title') }}>
      <SetUp onCodes={setCodes} />
    </Page>
  );
}

function SetUp({ onCodes }: { onCodes: (codes: Codes) => void }) {
  const { t } = useTranslation();
  const offer = useTotpOffer();
  const isOn = useMe().data?.second_factor_at != null;
  return (
    <>
      <Text tone="muted">{t(isOn ? 'authenticator.replaces' : 'authenticator.signsOut')}</Text>
      <Card>
        <QueryView query={offer}>{(found) => <Steps offer={found} onCodes={onCodes} />}</QueryView>
      </Card>
    </>
  );
}

function Steps({ offer, onCodes }: { offer: TotpOffer; onCodes: (codes: Codes) => void }) {
  const { t } = useTranslation();
  const toast = useToast();

  async function confirm(proof: Proof) {
    const { recovery_codes: codes } = await confirmTotp({ code: 'totp' in proof ? proof.totp : '' });
    if (codes) {
      onCodes(codes);
    } else {
      toast(t('authenticator.replaced'));
      goBackTo(OVERVIEW);
    }
    void reloadFactors();
  }

  return (
    <>
      <Text variant="heading" level={2}>
        {t('authenticator.scan')}
      </Text>
      <AppOffer offer={offer} />
      <View style={styles.step}>
        <Text variant="heading" level={2}>
          {t('authenticator.confirm')}
        </Text>
        <FactorForm name={t('authenticator.title')} submit={t('authenticator.submit')} factors={['totp']} send={confirm} />
      </View>
    </>
  );
}

const styles = StyleSheet.create({ step: { gap: space.md, paddingTop: space.sm } });
