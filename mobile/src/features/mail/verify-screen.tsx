import { useMutation } from '@tanstack/react-query';
import { Redirect, useLocalSearchParams, useRouter } from 'expo-router';
import { useEffect, useState } from 'react';
import { View } from 'react-native';

import type { User } from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';
import { useTranslation } from '@/i18n/use-translation';
import { forgetMailedToken, useMailedToken } from '@/links/mailed-link';
import { Problem } from '@/session/engine/problem';
import { finishSignUp } from '@/session/sign-in';
import { SkeletonRows, space, Text, TextLink, useToast } from '@/ui';

import { meKey } from '../account/queries';
import { AuthLayout } from '../auth/auth-layout';
import { ProblemNotice } from '../problems/problem-notice';
import { EnrolmentStep } from '../shell/factors';
import { CodeForm } from './code-form';
import { forgetFlow, keepFlow, readFlow, type MailFlow } from './flows';
import { MailboxLink } from './mailbox-link';
import { Resend, resendTo } from './resend';

export function VerifyScreen() {
  const token = useMailedToken('verify');
  const [flow, setFlow] = useState(() => readFlow('sign-up'));
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const router = useRouter();
  if (enrolment) {
    return <EnrolmentStep {...enrolment} welcome={welcome} onCancel={() => router.replace('/sign-in')} />;
  }
  if (flow) return <Verify flow={flow} token={token} onResent={setFlow} onEnrolment={setEnrolment} />;
  return token === null ? <Redirect href="/sign-up" /> : <OpenedElsewhere />;
}

/** The account is there; it needs a second factor to be signed in to. */
type Enrolment = { flow: string; factors: readonly string[]; email: string };

type VerifyProps = {
  flow: MailFlow;
  token: string | null;
  onResent: (flow: MailFlow) => void;
  onEnrolment: (enrolment: Enrolment) => void;
};

function welcome(user: User): void {
  queryClient.setQueryData(meKey, user);
}

function Verify({ flow, token, onResent, onEnrolment }: VerifyProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const { returnTo } = useLocalSearchParams<{ returnTo?: string }>();
  const back = returnTo ? { returnTo } : {};

  async function finish(proof: { code: string } | { token: string }) {
    try {
      welcome(await finishSignUp(flow.flow, proof));
      toast(t('signUp.welcome'));
    } catch (failure) {
      if (!(failure instanceof Problem) || failure.code !== 'enrolment_required' || !failure.flow) throw failure;
      onEnrolment({ flow: failure.flow, factors: failure.factors, email: flow.email });
    }
    forgetFlow('sign-up');
    forgetMailedToken();
  }

  const link = useMutation({ mutationFn: (proof: { token: string }) => finish(proof), onError: forgetMailedToken });
  const { mutate } = link;
  useEffect(() => {
    if (token !== null) mutate({ token });
  }, [token, mutate]);

  return (
    <AuthLayout title={t('verify.title')} intro={t('verify.intro', { email: flow.email })} hasOwnFocus={token === null}>
      {link.isPending ? (
        <SkeletonRows count={2} label={t('verify.checking')} />
      ) : (
        <>
          {link.error && <ProblemNotice failure={link.error} />}
          <CodeForm name={t('verify.title')} submit={t('verify.submit')} send={(code) => finish({ code })} />
          <View style={{ gap: space.xs }}>
            <Resend
              send={resendTo(flow.flow)}
              resendAt={flow.resendAt}
              onSent={(started) => onResent(keepFlow('sign-up', flow.email, started))}
            />
            <Text tone="muted">{t('verify.spam')}</Text>
            <TextLink href={{ pathname: '/sign-up', params: back }}>{t('verify.changeAddress')}</TextLink>
            <MailboxLink />
          </View>
        </>
      )}
    </AuthLayout>
  );
}

/** The secret alone does not sign anyone up: whoever began is not here. */
function OpenedElsewhere() {
  const { t } = useTranslation();
  return (
    <AuthLayout title={t('verify.elsewhereTitle')} intro={t('verify.elsewhere')}>
      <TextLink href="/sign-in">{t('forgot.toSignIn')}</TextLink>
    </AuthLayout>
  );
}
