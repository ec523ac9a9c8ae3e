import { useState } from 'react';

import type { User } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Card, Dialog, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { useUpdateUser } from './queries';

/** The roles that can be given; one of a newer release cannot. */
type Given = 'admin' | 'user';

export function UserRole({ user }: { user: User }) {
  const { t } = useTranslation();
  const toast = useToast();
  const update = useUpdateUser(user.id);
  const [isAsking, setAsking] = useState(false);
  const next: Given = user.role === 'admin' ? 'user' : 'admin';
  // Kept from when the question was asked: the dialog still fades out after the role has changed.
  const [asked, setAsked] = useState(next);
  const labelFor = (role: Given) => (role === 'admin' ? t('user.makeAdmin') : t('user.makeUser'));

  function ask() {
    setAsked(next);
    setAsking(true);
  }

  function confirm() {
    update.mutate(
      { role: asked },
      { onSuccess: () => toast(t('user.roleChanged')), onSettled: () => setAsking(false) },
    );
  }

  return (
    <Card title={t('user.role')} intro={t('user.roleIntro')}>
      {update.error && <ProblemNotice failure={update.error} />}
      <Button label={labelFor(next)} kind="secondary" icon="shield" onPress={ask} />
      <Dialog
        isOpen={isAsking}
        title={t(asked === 'admin' ? 'user.makeAdminTitle' : 'user.makeUserTitle', { email: user.email })}
        cancelLabel={t('common.cancel')}
        confirm={{
          label: labelFor(asked),
          onPress: confirm,
          isBusy: update.isPending,
          kind: asked === 'admin' ? 'primary' : 'danger',
        }}
        onClose={() => setAsking(false)}
      >
        {t('user.roleWarning')}
      </Dialog>
    </Card>
  );
}
