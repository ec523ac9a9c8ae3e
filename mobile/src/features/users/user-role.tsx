import { useState } from 'react';

import type { User } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Card, Dialog, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { useUpdateUser } from './queries';

export function UserRole({ user }: { user: User }) {
  const { t } = useTranslation();
  const toast = useToast();
  const update = useUpdateUser(user.id);
  const [isAsking, setAsking] = useState(false);
  const isAdmin = user.role === 'admin';
  const label = isAdmin ? t('user.makeUser') : t('user.makeAdmin');

  function confirm() {
    update.mutate(
      { role: isAdmin ? 'user' : 'admin' },
      { onSuccess: () => toast(t('user.roleChanged')), onSettled: () => setAsking(false) },
    );
  }

  return (
    <Card title={t('user.role')} intro={t('user.roleIntro')}>
      {update.error && <ProblemNotice failure={update.error} />}
      <Button label={label} kind="secondary" icon="shield" onPress={() => setAsking(true)} />
      <Dialog
        isOpen={isAsking}
        title={t(isAdmin ? 'user.makeUserTitle' : 'user.makeAdminTitle', { email: user.email })}
        cancelLabel={t('common.cancel')}
        confirm={{ label, onPress: confirm, isBusy: update.isPending, kind: isAdmin ? 'danger' : 'primary' }}
        onClose={() => setAsking(false)}
      >
        {t('user.roleWarning')}
      </Dialog>
    </Card>
  );
}
