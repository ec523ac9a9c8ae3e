import { useForm, useWatch } from 'react-hook-form';

import { updateUser, type User } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Card, Form, Page, useToast } from '@/ui';
import { goBackTo } from '@/ui/way-back';

import { PasswordInput } from '../forms/fields';
import { PasswordGuide } from '../forms/password-guide';
import { useSubmission } from '../forms/use-submission';
import { UsernameForManagers } from '../forms/username-for-managers';
import { ProblemNotice } from '../problems/problem-notice';
import { QueryView } from '../problems/query-view';
import { CurrentPassword } from './current-password';
import { useFactors, useMe } from './queries';

export function ChangePasswordScreen() {
  const { t } = useTranslation();
  const isFirst = useFactors().data?.password === false;
  return (
    <Page
      title={t(isFirst ? 'home.setPassword' : 'changePassword.title')}
      intro={t('changePassword.intro')}
      up={{ href: '/', label: t('home.title') }}
    >
      <Card>
        <QueryView query={useMe()} skeletonRows={1}>
          {(user) => <ChangePassword user={user} />}
        </QueryView>
      </Card>
    </Page>
  );
}

function ChangePassword({ user }: { user: User }) {
  const { t } = useTranslation();
  const toast = useToast();
  const form = useForm({ defaultValues: { current_password: '', password: '' } });
  const password = useWatch({ control: form.control, name: 'password' });
  const submission = useSubmission(
    form,
    async (values) => {
      await updateUser(user.id, { ...values, current_password: values.current_password || null });
      toast(t('changePassword.done'));
      goBackTo('/');
    },
    { invalid_credentials: ['current_password', 'fields.passwordWrong'] },
  );
  return (
    <>
      {submission.failure && <ProblemNotice failure={submission.failure} />}
      <Form
        name={t('changePassword.title')}
        onSubmit={submission.onSubmit}
        submit={{ label: t('changePassword.submit'), isBusy: submission.isBusy }}
      >
        <UsernameForManagers email={user.email} />
        <CurrentPassword control={form.control} name="current_password" label={t('changePassword.currentPassword')} />
        <PasswordInput
          control={form.control}
          name="password"
          label={t('changePassword.newPassword')}
          purpose="new"
          email={user.email}
        />
        <PasswordGuide password={password} email={user.email} />
      </Form>
    </>
  );
}
