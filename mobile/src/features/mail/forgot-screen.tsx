import { useRouter } from 'expo-router';
import { useForm } from 'react-hook-form';

import { forgotPassword } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { deviceToken } from '@/session/platform/storage';
import { Form, TextLink } from '@/ui';

import { AuthLayout } from '../auth/auth-layout';
import { rememberedEmail, rememberEmail } from '../auth/typed-email';
import { EmailInput } from '../forms/fields';
import { useSubmission } from '../forms/use-submission';
import { ProblemNotice } from '../problems/problem-notice';
import { keepFlow } from './flows';

export function ForgotScreen() {
  const { t } = useTranslation();
  const router = useRouter();
  const form = useForm({ defaultValues: { email: rememberedEmail() } });
  const submission = useSubmission(form, async ({ email }) => {
    const started = await forgotPassword({ email }, { headers: await deviceToken.headers() });
    keepFlow('reset', email.trim(), started);
    rememberEmail(email.trim());
    router.push('/reset');
  });
  return (
    <AuthLayout title={t('forgot.title')} intro={t('forgot.intro')}>
      {submission.failure && <ProblemNotice failure={submission.failure} />}
      <Form
        name={t('forgot.title')}
        onSubmit={submission.onSubmit}
        submit={{ label: t('forgot.submit'), isBusy: submission.isBusy, isWide: true }}
      >
        <EmailInput control={form.control} name="email" label={t('auth.email')} isUsername />
      </Form>
      <TextLink href="/sign-in">{t('forgot.toSignIn')}</TextLink>
    </AuthLayout>
  );
}
