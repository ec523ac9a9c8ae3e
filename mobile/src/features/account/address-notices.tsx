import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'expo-router';

import { updateUser, type User } from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';
import { useClientConfig } from '@/client-config/client-config';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Notice } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { meKey } from './queries';
import { usePending } from './use-pending';

/** What is wrong with the address, most urgent first, and what to do about it. */
export function AddressNotices({ user }: { user: User }) {
  const { t } = useTranslation();
  const router = useRouter();
  const hasMail = useClientConfig()?.mail ?? false;
  const toEmail = (label: string) => <Button kind="secondary" label={label} onPress={() => router.push('/account/email')} />;
  const pending = usePending(user);
  if (!hasMail) return null;
  if (pending) {
    return (
      <Notice title={t('address.pendingTitle')} action={toEmail(t('confirmEmail.enterCode'))}>
        {t('address.pending', { email: pending.pending_email })}
      </Notice>
    );
  }
  if (user.email_bounced_at != null) {
    return (
      <Notice tone="warning" title={t('address.bouncedTitle')} action={toEmail(t('address.change'))}>
        {t('address.bounced', { email: user.email })}
      </Notice>
    );
  }
  return user.email_verified_at == null ? <Unproved user={user} /> : null;
}

function Unproved({ user }: { user: User }) {
  const { t } = useTranslation();
  const router = useRouter();
  const ask = useMutation({
    mutationFn: () => updateUser(user.id, { email: user.email }),
    onSuccess: (asked) => {
      queryClient.setQueryData(meKey, asked);
      router.push('/account/email');
    },
  });
  return (
    <>
      {ask.error && <ProblemNotice failure={ask.error} />}
      <Notice
        tone="warning"
        title={t('address.unprovedTitle')}
        action={<Button kind="secondary" label={t('address.sendCode')} isBusy={ask.isPending} onPress={() => ask.mutate()} />}
      >
        {t('address.unproved', { email: user.email })}
      </Notice>
    </>
  );
}
