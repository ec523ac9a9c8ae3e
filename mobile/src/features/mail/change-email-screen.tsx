import { useEffect, useState } from 'react';
import { useForm } from 'react-hook-form';

import { updateUser, type User } from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';
import { useClientConfig } from '@/client-config/client-config';
import { useTranslation } from '@/i18n/use-translation';
import { Card, Form, Page, Text, useToast } from '@/ui';
import { goBackTo } from '@/ui/way-back';

import { isPending } from '../account/address';
import { CurrentPassword } from '../account/current-password';
import { meKey, useMe } from '../account/queries';
import { usePending } from '../account/use-pending';
import { EmailInput } from '../forms/fields';
import { useSubmission } from '../forms/use-submission';
import { ProblemNotice } from '../problems/problem-notice';
import { QueryView } from '../problems/query-view';
import { PendingEmail } from './pending-email';

export function ChangeEmailScreen() {
  const { t } = useTranslation();
  const hasMail = useClientConfig()?.mail ?? false;
  const intro = hasMail ? t('changeEmail.introMail') : t('changeEmail.intro');
  return (
    <Page title={t('changeEmail.title')} intro={intro} up={{ href: '/', label: t('home.title') }}>
      <Card>
        <QueryView query={useMe()} skeletonRows={1}>
          {(user) => <Address user={user} />}
        </QueryView>
      </Card>
    </Page>
  );
}

function Address({ user }: { user: User }) {
  const pending = usePending(user);
  const [hasShownPending, setHasShownPending] = useState(false);
  if (pending && !hasShownPending) setHasShownPending(true);
  return pending ? <PendingEmail user={pending} /> : <ChangeEmail user={user} hasOwnFocus={hasShownPending} />;
}

type ChangeEmailProps = {
  user: User;
  /** It takes the place of a form that had the focus. */
  hasOwnFocus: boolean;
};

function ChangeEmail({ user, hasOwnFocus }: ChangeEmailProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const domains = useClientConfig()?.sign_up_domains ?? [];
  const form = useForm({ defaultValues: { email: '', current_password: '' } });
  const submission = useSubmission(
    form,
    async (values) => {
      const changed = await updateUser(user.id, { ...values, current_password: values.current_password || null });
      queryClient.setQueryData(meKey, changed);
      // The page then asks for the code.
      if (isPending(changed)) return;
      toast(t('changeEmail.done'));
      goBackTo('/');
    },
    {
      email_taken: ['email', 'fields.emailTaken'],
      invalid_credentials: ['current_password', 'fields.passwordWrong'],
    },
  );
  const { setFocus } = form;
  useEffect(() => {
    if (hasOwnFocus) setFocus('email');
  }, [hasOwnFocus, setFocus]);
  return (
    <>
      <Text tone="muted">{t('changeEmail.current', { email: user.email })}</Text>
      {domains.length > 0 && user.role !== 'admin' && (
        <Text tone="muted">{t('signUp.domains', { domains: domains.join(', ') })}</Text>
      )}
      {submission.failure && <ProblemNotice failure={submission.failure} />}
      <Form
        name={t('changeEmail.title')}
        onSubmit={submission.onSubmit}
        submit={{ label: t('changeEmail.submit'), isBusy: submission.isBusy }}
      >
        <EmailInput control={form.control} name="email" label={t('changeEmail.newEmail')} />
        <CurrentPassword control={form.control} name="current_password" label={t('changeEmail.currentPassword')} />
      </Form>
    </>
  );
}
