import type { Overview } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Card, Icon, ListLink, useToast } from '@/ui';

import { Ending } from './ending';
import { useRemovePassword } from './queries';

/** The password, and the way to do without one. */
export function PasswordCard({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  return (
    <Card isFlush>
      <ListLink
        isFirst
        href="/account/password"
        title={t(overview.password ? 'home.password' : 'home.setPassword')}
        detail={t(overview.password ? 'home.passwordDetail' : 'security.passwordNone')}
        leading={<Icon glyph="key" tone="muted" />}
      />
      {overview.password && isDispensable(overview) && <RemovePassword />}
    </Card>
  );
}

/** Whether the account can be reached in two other ways, as the service demands. */
function isDispensable({ passkeys, recovery_codes_left: codes }: Overview): boolean {
  return passkeys.length > 1 || (passkeys.length === 1 && codes > 0);
}

function RemovePassword() {
  const { t } = useTranslation();
  const toast = useToast();
  const remove = useRemovePassword();
  return (
    <Ending
      icon="trash"
      label={t('security.removePassword')}
      title={t('security.removePasswordTitle')}
      text={t('security.removePasswordText')}
      failure={remove.error}
      isBusy={remove.isPending}
      onConfirm={(onSettled) =>
        remove.mutate(undefined, { onSuccess: () => toast(t('security.removedPassword')), onSettled })
      }
    />
  );
}
