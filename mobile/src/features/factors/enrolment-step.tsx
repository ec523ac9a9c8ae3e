import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { beginEnrolment, type User } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { finishEnrolling, type Enrolled } from '@/session/sign-in';
import { Button, Card, Text } from '@/ui';

import { AuthLayout } from '../auth/auth-layout';
import { QueryView } from '../problems/query-view';
import { AppOffer } from '../security/app-offer';
import { RecoveryCodeList } from '../security/recovery-code-list';
import { EnrolmentCode } from '../shell/mail';
import { FactorForm, type Proof } from './factor-form';

type EnrolmentStepProps = {
  flow: string;
  /** What the service asks for before a factor is set up. */
  factors: readonly string[];
  email: string;
  welcome: (user: User) => void;
  onCancel: () => void;
};

/** Sets up the second factor that a sign-in needs: who asks, the app, its recovery codes. */
export function EnrolmentStep({ flow, factors, email, welcome, onCancel }: EnrolmentStepProps) {
  const { t } = useTranslation();
  const [isOwner, setOwner] = useState(!factors.includes('enrolment_code'));
  const [enrolled, setEnrolled] = useState<Enrolled | null>(null);
  if (enrolled) {
    return (
      <AuthLayout title={t('recoveryCodes.title')} intro={t('enrolment.codes')}>
        <RecoveryCodeList
          codes={enrolled.recoveryCodes}
          email={email}
          onStored={() => void enrolled.enter().then(welcome)}
        />
      </AuthLayout>
    );
  }
  if (!isOwner) return <EnrolmentCode flow={flow} email={email} onProved={() => setOwner(true)} onCancel={onCancel} />;
  return (
    <AuthLayout title={t('enrolment.title')} intro={t('enrolment.intro')}>
      <App flow={flow} onEnrolled={setEnrolled} onCancel={onCancel} />
    </AuthLayout>
  );
}

type AppProps = { flow: string; onEnrolled: (enrolled: Enrolled) => void; onCancel: () => void };

function App({ flow, onEnrolled, onCancel }: AppProps) {
  const { t } = useTranslation();
  const offer = useQuery({
    queryKey: ['enrolment-offer', flow],
    queryFn: () => beginEnrolment({ flow }),
    staleTime: 'static',
    gcTime: 0,
  });

  async function confirm(proof: Proof) {
    onEnrolled(await finishEnrolling(flow, 'totp' in proof ? proof.totp : ''));
  }

  return (
    <Card>
      <QueryView query={offer}>
        {(found) => (
          <>
            <Text variant="heading" level={2}>
              {t('authenticator.scan')}
            </Text>
            <AppOffer offer={found} />
            <Text variant="heading" level={2}>
              {t('authenticator.confirm')}
            </Text>
            <FactorForm
              name={t('enrolment.title')}
              submit={t('enrolment.submit')}
              factors={['totp']}
              send={confirm}
              aside={<Button kind="quiet" label={t('secondFactor.cancel')} onPress={onCancel} />}
            />
          </>
        )}
      </QueryView>
    </Card>
  );
}
