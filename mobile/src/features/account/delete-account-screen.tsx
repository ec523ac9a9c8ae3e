import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { deactivateUser, type User } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { engine } from '@/session/app-session';
import { Card, Form, Page, TextField } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { QueryView } from '../problems/query-view';
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
  const [typed, setTyped] = useState('');
  const [isMismatch, setMismatch] = useState(false);
  const remove = useMutation({
    mutationFn: async () => {
      await deactivateUser(user.id);
      await engine.accountDeleted();
    },
  });

  function onSubmit() {
    const isSame = typed.trim().toLowerCase() === user.email.toLowerCase();
    setMismatch(!isSame);
    if (isSame) remove.mutate();
  }

  return (
    <>
      {remove.error && <ProblemNotice failure={remove.error} />}
      <Form
        name={t('deleteAccount.title')}
        onSubmit={onSubmit}
        submit={{ label: t('deleteAccount.submit'), kind: 'danger', icon: 'trash', isBusy: remove.isPending }}
      >
        <TextField
          label={t('deleteAccount.confirmLabel', { email: user.email })}
          value={typed}
          onChangeText={setTyped}
          error={isMismatch ? t('deleteAccount.mismatch') : undefined}
          autoComplete="off"
          inputMode="email"
          isRequired
        />
      </Form>
    </>
  );
}
