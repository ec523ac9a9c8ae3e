import { useState } from 'react';

import type { User } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Card, Dialog, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { useUpdateUser } from './queries';

export function UserStatus({ user }: { user: User }) {
  const { t } = useTranslation();
  const toast = useToast();
  const update = useUpdateUser(user.id);
  const [isAsking, setAsking] = useState(false);

  function setActive(isActive: boolean) {
    update.mutate(
      { is_active: isActive },
      {
        onSuccess: () => toast(isActive ? t('user.reactivated') : t('user.deactivated')),
        onSettled: () => setAsking(false),
      },
    );
  }

  return (
    <Card title={t('user.status')} intro={t('user.deactivateText')}>
      {update.error && <ProblemNotice failure={update.error} />}
      {user.is_active ? (
        <Button label={t('user.deactivate')} kind="quiet-danger" onPress={() => setAsking(true)} />
      ) : (
        <Button
          label={t('user.reactivate')}
          kind="secondary"
          isBusy={update.isPending}
          onPress={() => setActive(true)}
        />
      )}
      <Dialog
        isOpen={isAsking}
        title={t('user.deactivateTitle', { email: user.email })}
        cancelLabel={t('common.cancel')}
        confirm={{ label: t('user.deactivate'), onPress: () => setActive(false), isBusy: update.isPending }}
        onClose={() => setAsking(false)}
      >
        {t('user.deactivateText')}
      </Dialog>
    </Card>
  );
}
