import { Redirect } from 'expo-router';
import { useEffect, useState } from 'react';
import { useForm, useWatch } from 'react-hook-form';
import { View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { useMailedToken } from '@/links/mailed-link';
import { Form, space, TextLink } from '@/ui';

import { AuthLayout } from '../auth/auth-layout';
import { PasswordInput } from '../forms/fields';
import { PasswordGuide } from '../forms/password-guide';
import { useSubmission } from '../forms/use-submission';
import { UsernameForManagers } from '../forms/username-for-managers';
import { ProblemNotice } from '../problems/problem-notice';
import { CodeInput } from './code-input';
import { keepFlow, readFlow, type MailFlow } from './flows';
import { leaveForSignIn } from './leave-for-sign-in';
import { MailboxLink } from './mailbox-link';
import { NewPasswordForm } from './new-password-form';
import { Resend, resendTo } from './resend';
import { useResetPassword } from './use-reset-password';

/** By link anywhere; by code where it was asked for. */
export function ResetScreen() {
  const token = useMailedToken('reset');
  const [flow, setFlow] = useState(() => readFlow('reset'));
  if (token !== null) return <ByLink token={token} />;
  return flow ? <ByCode flow={flow} onResent={setFlow} /> : <Redirect href="/forgot" />;
}

function ByLink({ token }: { token: string }) {
  const { t } = useTranslation();
  return (
    <AuthLayout title={t('reset.title')} intro={t('reset.introLink')}>
      <NewPasswordForm
        token={token}
        email={readFlow('reset')?.email ?? ''}
        label={t('reset.newPassword')}
        submit={t('reset.submit')}
        after="reset"
        problems={{ proof_invalid: t('reset.linkInvalid'), proof_expired: t('reset.linkExpired') }}
      />
      <TextLink href="/forgot">{t('reset.again')}</TextLink>
    </AuthLayout>
  );
}

function ByCode({ flow, onResent }: { flow: MailFlow; onResent: (flow: MailFlow) => void }) {
  const { t } = useTranslation();
  const form = useForm({ defaultValues: { code: '', password: '' } });
  const password = useWatch({ control: form.control, name: 'password' });
  const { reset, step } = useResetPassword(() => leaveForSignIn('reset', flow.email));
  const submission = useSubmission(
    form,
    async (values) => {
      await reset({ flow: flow.flow, ...values });
    },
    { proof_invalid: ['code', 'fields.codeWrong'], proof_expired: ['code', 'fields.codeExpired'] },
  );
  const { setFocus } = form;
  useEffect(() => setFocus('code'), [setFocus]);
  if (step) {
    return (
      <AuthLayout title={t('secondFactor.title')} intro={t('secondFactor.introReset')}>
        {step}
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title={t('reset.title')} intro={t('reset.introCode', { email: flow.email })} hasOwnFocus>
      {submission.failure && <ProblemNotice failure={submission.failure} />}
      <Form
        name={t('reset.title')}
        onSubmit={submission.onSubmit}
        submit={{ label: t('reset.submit'), isBusy: submission.isBusy, isWide: true }}
      >
        <CodeInput control={form.control} name="code" onComplete={() => setFocus('password')} />
        <UsernameForManagers email={flow.email} />
        <View style={{ gap: space.md }}>
          <PasswordInput control={form.control} name="password" label={t('reset.newPassword')} purpose="new" email={flow.email} />
          <PasswordGuide password={password} email={flow.email} />
        </View>
      </Form>
      <View style={{ gap: space.xs }}>
        <Resend
          send={resendTo(flow.flow)}
          resendAt={flow.resendAt}
          onSent={(started) => onResent(keepFlow('reset', flow.email, started))}
        />
        <TextLink href="/forgot">{t('reset.otherAddress')}</TextLink>
        <MailboxLink />
      </View>
    </AuthLayout>
  );
}
