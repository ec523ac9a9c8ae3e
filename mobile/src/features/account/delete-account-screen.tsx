import { useForm } from 'react-hook-form';

import { deactivateUser, type User } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { engine } from '@/session/app-session';
import { Card, Form, Page, Text } from '@/ui';

import { useSubmission } from '../forms/use-submission';
import { UsernameForManagers } from '../forms/username-for-managers';
import { ProblemNotice } from '../problems/problem-notice';
import { QueryView } from '../problems/query-view';
import { CurrentPassword } from './current-password';
import { useMe } from './queries';

export function DeleteAccountScreen() {
  const { t } = useTranslation();
  return (
    <Page
      title={t('deleteAccount.title')}
      intro={t('deleteAccount.intro')}
      up={{ href: '/', label: t('home.title') }}
    >
      <Card>
        <QueryView query={useMe()} skeletonRows={1}>
          {(user) => <DeleteAccount user={user} />}
        </QueryView>
      </Card>
    </Page>
  );
}

function DeleteAccount({ user }: { user: User }) {
  const { t } = useTranslation();
  const form = useForm({ defaultValues: { current_password: '' } });
  const submission = useSubmission(
    form,
    async (values) => {
      await deactivateUser(user.id, { ...values, current_password: values.current_password || null });
      await engine.accountDeleted();
    },
    { invalid_credentials: ['current_password', 'fields.passwordWrong'] },
  );

  return (
    <>
      {submission.failure && <ProblemNotice failure={submission.failure} />}
      <Form
        name={t('deleteAccount.title')}
        onSubmit={submission.onSubmit}
        submit={{ label: t('deleteAccount.submit'), kind: 'danger', icon: 'trash', isBusy: submission.isBusy }}
      >
        <Text tone="muted">{t('deleteAccount.which', { email: user.email })}</Text>
        <UsernameForManagers email={user.email} />
        <CurrentPassword control={form.control} name="current_password" label={t('deleteAccount.currentPassword')} />
      </Form>
    </>
  );
}
