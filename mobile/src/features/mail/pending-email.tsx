import { useMutation } from '@tanstack/react-query';
import { StyleSheet, View } from 'react-native';

import { cancelEmailChange, proveEmail, type User } from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';
import { useTranslation } from '@/i18n/use-translation';
import { Button, space, Text, useToast } from '@/ui';
import { goBackTo } from '@/ui/way-back';

import type { Pending } from '../account/address';
import { meKey } from '../account/queries';
import { describeWait } from '../problems/describe';
import { ProblemNotice } from '../problems/problem-notice';
import { CodeForm } from './code-form';
import { MailboxLink } from './mailbox-link';
import { Resend, resendTo } from './resend';
import { useCountdown } from './use-countdown';

/** How long a flow lives, and how long after its start another mail can be asked for. */
const FLOW_MS = 3_600_000;
const RESEND_MS = 60_000;

export function PendingEmail({ user }: { user: Pending }) {
  const { t } = useTranslation();
  const toast = useToast();
  const expiresAt = Date.parse(user.pending_email_expires_at);
  const left = useCountdown(expiresAt);
  const isOwn = user.pending_email === user.email;
  const showUser = (changed: User) => queryClient.setQueryData(meKey, changed);

  async function prove(code: string) {
    showUser(await proveEmail(user.id, { code }));
    toast(t('confirmEmail.done'));
    goBackTo('/');
  }

  const cancel = useMutation({
    mutationFn: () => cancelEmailChange(user.id),
    onSuccess: () => {
      showUser({ ...user, pending_email: null, pending_email_flow: null, pending_email_expires_at: null });
      toast(t(isOwn ? 'pendingEmail.cancelledOwn' : 'pendingEmail.cancelled'));
    },
  });

  return (
    <>
      <Text>{t(isOwn ? 'pendingEmail.introOwn' : 'pendingEmail.intro', { email: user.pending_email })}</Text>
      {!isOwn && <Text tone="muted">{t('pendingEmail.undoable')}</Text>}
      {cancel.error && <ProblemNotice failure={cancel.error} />}
      <CodeForm
        name={t('confirmEmail.title')}
        submit={t('pendingEmail.submit')}
        send={prove}
        aside={
          <Button
            kind="secondary"
            label={isOwn ? t('pendingEmail.cancelOwn') : t('pendingEmail.cancel')}
            isBusy={cancel.isPending}
            onPress={() => cancel.mutate()}
          />
        }
      />
      <View style={styles.foot}>
        <Resend
          key={user.pending_email_flow}
          send={resendTo(user.pending_email_flow)}
          resendAt={expiresAt - FLOW_MS + RESEND_MS}
          onSent={() => void queryClient.invalidateQueries({ queryKey: meKey })}
        />
        <MailboxLink />
        <Text variant="small" tone="muted">
          {t('pendingEmail.expires', { wait: describeWait(left * 1000, t) })}
        </Text>
      </View>
    </>
  );
}

const styles = StyleSheet.create({ foot: { gap: space.xs } });
