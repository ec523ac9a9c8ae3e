import { useForm, useWatch } from 'react-hook-form';

import type { User } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Card, Form, useToast } from '@/ui';

import { PasswordInput } from '../forms/fields';
import { PasswordGuide } from '../forms/password-guide';
import { useSubmission } from '../forms/use-submission';
import { ProblemNotice } from '../problems/problem-notice';
import { useUpdateUser } from './queries';

/** Where no mail can be sent, whoever forgot a password can only ask an administrator. */
export function UserPassword({ user }: { user: User }) {
  const { t } = useTranslation();
  const toast = useToast();
  const update = useUpdateUser(user.id);
  const form = useForm({ defaultValues: { password: '' } });
  const password = useWatch({ control: form.control, name: 'password' });
  const submission = useSubmission(form, async (values) => {
    await update.mutateAsync(values);
    form.reset();
    toast(t('user.passwordSet'));
  });
  return (
    <Card title={t('user.setPassword')} intro={t('user.setPasswordText')}>
      {submission.failure && <ProblemNotice failure={submission.failure} />}
      <Form
        name={t('user.setPassword')}
        onSubmit={submission.onSubmit}
        submit={{ label: t('user.setPassword'), kind: 'secondary', isBusy: submission.isBusy }}
      >
        <PasswordInput control={form.control} name="password" label={t('user.newPassword')} purpose="new" email={user.email} />
        {password !== '' && <PasswordGuide password={password} email={user.email} />}
      </Form>
    </Card>
  );
}
