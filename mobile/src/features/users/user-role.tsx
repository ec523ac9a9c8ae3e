
import type { User } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Card, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { useUpdateUser } from './queries';

export function UserRole({ user }: { user: User }) {
  const { t } = useTranslation();
  const toast = useToast();
  const update = useUpdateUser(user.id);
  const isAdmin = user.role === 'admin';
  return (
    <Card title={t('user.role')} intro={t('user.roleIntro')}>
      {update.error && <ProblemNotice failure={update.error} />}
      <Button
        label={isAdmin ? t('user.makeUser') : t('user.makeAdmin')}
        kind="secondary"
        icon="shield"
        isBusy={update.isPending}
        onPress={() =>
          update.mutate({ role: isAdmin ? 'user' : 'admin' }, { onSuccess: () => toast(t('user.roleChanged')) })
        }
      />
    </Card>
  );
}
