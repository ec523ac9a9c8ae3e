import { useQuery } from '@tanstack/react-query';
import { View } from 'react-native';

import { proveOwner, sendEnrolmentCode, type EnrolmentMail } from '@/api/generated/latchkey';
import { useClientConfig } from '@/client-config/client-config';
import { useTranslation } from '@/i18n/use-translation';
import { Button, space } from '@/ui';

import { AuthLayout } from '../auth/auth-layout';
import { ProblemNotice } from '../problems/problem-notice';
import { CodeForm } from './code-form';
import { MailboxLink } from './mailbox-link';
import { Resend } from './resend';

type EnrolmentCodeProps = { flow: string; email: string; onProved: () => void; onCancel: () => void };

/** Tells the owner of a password from somebody who only knows it. */
export function EnrolmentCode({ flow, email, onProved, onCancel }: EnrolmentCodeProps) {
  const { t } = useTranslation();
  const hasMail = useClientConfig()?.mail ?? true;
  const mail = useQuery({
    queryKey: ['enrolment-code', flow],
    queryFn: () => sendEnrolmentCode({ flow }),
    enabled: hasMail,
    retry: false,
    staleTime: 'static',
    gcTime: 0,
  });
  return (
    <AuthLayout
      title={t('enrolment.ownerTitle')}
      intro={t(hasMail ? 'enrolment.owner' : 'enrolment.ownerWithoutMail', { email })}
      hasOwnFocus
    >
      {mail.error && <ProblemNotice failure={mail.error} />}
      <CodeForm
        name={t('enrolment.ownerTitle')}
        submit={t('secondFactor.submit')}
        send={async (code) => {
          await proveOwner({ flow, code });
          onProved();
        }}
        aside={<Button kind="quiet" label={t('secondFactor.cancel')} onPress={onCancel} />}
      />
      {mail.data && <Another flow={flow} sent={mail.data} at={mail.dataUpdatedAt} />}
    </AuthLayout>
  );
}

function Another({ flow, sent, at }: { flow: string; sent: EnrolmentMail; at: number }) {
  return (
    <View style={{ gap: space.xs }}>
      <Resend resendAt={at + sent.resend_in * 1000} send={() => sendEnrolmentCode({ flow })} />
      <MailboxLink />
    </View>
  );
}
