import { useState } from 'react';

import type { User } from '@/api/generated/latchkey';
import { formatMoment } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Card, Dialog, Notice, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { useCancelFactorReset, useStartFactorReset } from './queries';

type UserFactorsProps = { user: User; onSince: string };

/** Helps somebody who has lost their second factor. */
export function UserFactors({ user, onSince }: UserFactorsProps) {
  const { t, language } = useTranslation();
  const toast = useToast();
  const start = useStartFactorReset(user.id);
  const [isAsking, setAsking] = useState(false);
  const resetAt = user.factors_reset_at;

  function confirm() {
    start.mutate(undefined, {
      onSuccess: () => toast(t('user.factorsResetStarted')),
      onSettled: () => setAsking(false),
    });
  }

  return (
    <Card title={t('user.factors')} intro={t('user.factorsSince', { when: formatMoment(onSince, language) })}>
      {start.error && <ProblemNotice failure={start.error} />}
      {resetAt != null ? (
        <PendingReset user={user} at={resetAt} />
      ) : (
        <Button label={t('user.removeFactors')} kind="quiet-danger" onPress={() => setAsking(true)} />
      )}
      <Dialog
        isOpen={isAsking}
        title={t('user.removeFactorsTitle', { email: user.email })}
        cancelLabel={t('common.cancel')}
        confirm={{ label: t('user.removeFactors'), onPress: confirm, isBusy: start.isPending }}
        onClose={() => setAsking(false)}
      >
        {t('user.removeFactorsText')}
      </Dialog>
    </Card>
  );
}

function PendingReset({ user, at }: { user: User; at: string }) {
  const { t, language } = useTranslation();
  const toast = useToast();
  const cancel = useCancelFactorReset(user.id);
  return (
    <>
      {cancel.error && <ProblemNotice failure={cancel.error} />}
      <Notice
        tone="warning"
        title={t('user.factorsReset', { when: formatMoment(at, language) })}
        action={
          <Button
            kind="secondary"
            label={t('user.factorsResetCancel')}
            isBusy={cancel.isPending}
            onPress={() => cancel.mutate(undefined, { onSuccess: () => toast(t('user.factorsResetCancelled')) })}
          />
        }
      >
        {t('user.factorsResetText')}
      </Notice>
    </>
  );
}
