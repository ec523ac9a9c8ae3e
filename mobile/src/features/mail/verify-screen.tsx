import { useMutation } from '@tanstack/react-query';
import { Redirect, useLocalSearchParams } from 'expo-router';
import { useEffect, useState } from 'react';
import { View } from 'react-native';

import { queryClient } from '@/api/query-client';
import { useTranslation } from '@/i18n/use-translation';
import { forgetMailedToken, useMailedToken } from '@/links/mailed-link';
import { finishSignUp } from '@/session/sign-in';
import { SkeletonRows, space, Text, TextLink, useToast } from '@/ui';

import { meKey } from '../account/queries';
import { AuthLayout } from '../auth/auth-layout';
import { ProblemNotice } from '../problems/problem-notice';
import { CodeForm } from './code-form';
import { forgetFlow, keepFlow, readFlow, type MailFlow } from './flows';
import { MailboxLink } from './mailbox-link';
import { Resend } from './resend';

export function VerifyScreen() {
  const token = useMailedToken('verify');
  const [flow, setFlow] = useState(() => readFlow('sign-up'));
  if (flow) return <Verify flow={flow} token={token} onResent={setFlow} />;
  return token === null ? <Redirect href="/sign-up" /> : <OpenedElsewhere />;
}

type VerifyProps = { flow: MailFlow; token: string | null; onResent: (flow: MailFlow) => void };

function Verify({ flow, token, onResent }: VerifyProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const { returnTo } = useLocalSearchParams<{ returnTo?: string }>();
  const back = returnTo ? { returnTo } : {};

  async function finish(proof: { code: string } | { token: string }) {
    const user = await finishSignUp(flow.flow, proof);
    forgetFlow('sign-up');
    forgetMailedToken();
    queryClient.setQueryData(meKey, user);
    toast(t('signUp.welcome'));
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
              flow={flow.flow}
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
