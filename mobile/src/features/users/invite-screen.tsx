import { useRouter } from 'expo-router';
import { useForm, useWatch } from 'react-hook-form';

import { registerUser } from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';
import { useClientConfig } from '@/client-config/client-config';
import { useTranslation } from '@/i18n/use-translation';
import { Card, Form, Page, useToast } from '@/ui';

import { EmailInput, PasswordInput } from '../forms/fields';
import { PasswordGuide } from '../forms/password-guide';
import { useSubmission } from '../forms/use-submission';
import { ProblemNotice } from '../problems/problem-notice';

/** An account for somebody else: they choose the password where mail can be sent. */
export function InviteScreen() {
  const { t } = useTranslation();
  const hasMail = useClientConfig()?.mail ?? false;
  return (
    <Page
      title={hasMail ? t('invite.title') : t('invite.titlePlain')}
      intro={hasMail ? t('invite.intro') : t('invite.introPlain')}
      up={{ href: '/admin/users', label: t('users.title') }}
    >
      <Card>
        <Invite hasMail={hasMail} />
      </Card>
    </Page>
  );
}

function Invite({ hasMail }: { hasMail: boolean }) {
  const { t } = useTranslation();
  const toast = useToast();
  const router = useRouter();
  const form = useForm({ defaultValues: { email: '', password: '' } });
  const [email, password] = useWatch({ control: form.control, name: ['email', 'password'] });
  const submission = useSubmission(
    form,
    async (values) => {
      const user = await registerUser(hasMail ? { email: values.email } : values);
      void queryClient.invalidateQueries({ queryKey: ['users'] });
      toast(hasMail ? t('invite.done', { email: values.email.trim() }) : t('invite.donePlain'));
      if ('id' in user) router.replace({ pathname: '/admin/users/[id]', params: { id: String(user.id) } });
    },
    { email_taken: ['email', 'fields.emailTaken'] },
  );
  return (
    <>
      {submission.failure && <ProblemNotice failure={submission.failure} />}
      <Form
        name={hasMail ? t('invite.title') : t('invite.titlePlain')}
        onSubmit={submission.onSubmit}
        submit={{ label: hasMail ? t('invite.submit') : t('invite.submitPlain'), isBusy: submission.isBusy }}
      >
        <EmailInput control={form.control} name="email" label={t('auth.email')} />
        {!hasMail && (
          <>
            <PasswordInput control={form.control} name="password" label={t('auth.password')} purpose="new" email={email} />
            <PasswordGuide password={password} email={email} />
          </>
        )}
      </Form>
    </>
  );
}
