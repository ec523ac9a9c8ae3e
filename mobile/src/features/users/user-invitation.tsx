import { useRouter } from 'expo-router';
import { useState } from 'react';
import { StyleSheet, View } from 'react-native';

import { formatMoment } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Card, Dialog, space, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { useResendInvitation, useWithdrawInvitation } from './queries';

type UserInvitationProps = { user: { id: number; email: string }; invitedAt: string };

/** An account that nobody has used yet. */
export function UserInvitation({ user, invitedAt }: UserInvitationProps) {
  const { t, language } = useTranslation();
  const toast = useToast();
  const router = useRouter();
  const [isAsking, setAsking] = useState(false);
  const resend = useResendInvitation(user.id);
  const withdraw = useWithdrawInvitation(user.id);
  const failure = resend.error ?? withdraw.error;

  function takeBack() {
    withdraw.mutate(undefined, {
      onSuccess: () => {
        toast(t('user.takenBack'));
        router.replace('/admin/users');
      },
      onSettled: () => setAsking(false),
    });
  }

  return (
    <Card title={t('user.invitation')} intro={t('user.invitationText', { when: formatMoment(invitedAt, language) })}>
      {failure && <ProblemNotice failure={failure} />}
      <View style={styles.actions}>
        <Button
          kind="secondary"
          label={t('user.sendAgain')}
          isBusy={resend.isPending}
          onPress={() => resend.mutate(undefined, { onSuccess: () => toast(t('user.sentAgain')) })}
        />
        <Button kind="quiet-danger" label={t('user.takeBack')} onPress={() => setAsking(true)} />
      </View>
      <Dialog
        isOpen={isAsking}
        title={t('user.takeBackTitle', { email: user.email })}
        cancelLabel={t('common.cancel')}
        confirm={{ label: t('user.takeBack'), onPress: takeBack, isBusy: withdraw.isPending }}
        onClose={() => setAsking(false)}
      >
        {t('user.takeBackText')}
      </Dialog>
    </Card>
  );
}

const styles = StyleSheet.create({ actions: { flexDirection: 'row', flexWrap: 'wrap', gap: space.sm } });
