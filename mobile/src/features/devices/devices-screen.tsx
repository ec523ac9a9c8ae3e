import { useState } from 'react';
import { View } from 'react-native';

import type { Session } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Card, Dialog, Page, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { QueryView } from '../problems/query-view';
import { useRevokeOtherSessions, useRevokeSession, useSessions } from './queries';
import { SessionRow } from './session-row';

export function DevicesScreen() {
  const { t } = useTranslation();
  const sessions = useSessions();
  return (
    <Page title={t('devices.title')} intro={t('devices.intro')}>
      <Card isFlush>
        <QueryView query={sessions}>
          {({ items }) => <SessionList sessions={items} now={new Date(sessions.dataUpdatedAt)} />}
        </QueryView>
      </Card>
      {(sessions.data?.items.length ?? 0) > 1 && <SignOutOthers />}
    </Page>
  );
}

function SessionList({ sessions, now }: { sessions: Session[]; now: Date }) {
  const { t } = useTranslation();
  const toast = useToast();
  const revoke = useRevokeSession();

  function signOut(session: Session) {
    revoke.mutate(session.id, { onSuccess: () => toast(t('devices.oneDone', { name: session.device_name })) });
  }

  return (
    <View>
      {revoke.error && <ProblemNotice failure={revoke.error} />}
      <View role="list" aria-label={t('devices.title')}>
        {sessions.map((session, index) => (
          <SessionRow
            key={session.id}
            session={session}
            now={now}
            isFirst={index === 0}
            action={
              !session.is_current && (
                <Button
                  label={t('devices.signOut')}
                  accessibleName={t('devices.signOutOne', { name: session.device_name })}
                  kind="secondary"
                  isBusy={revoke.isPending && revoke.variables === session.id}
                  onPress={() => signOut(session)}
                />
              )
            }
          />
        ))}
      </View>
    </View>
  );
}

function SignOutOthers() {
  const { t } = useTranslation();
  const toast = useToast();
  const revokeOthers = useRevokeOtherSessions();
  const [isAsking, setAsking] = useState(false);

  function confirm() {
    revokeOthers.mutate(undefined, {
      onSuccess: () => toast(t('devices.othersDone')),
      onSettled: () => setAsking(false),
    });
  }

  return (
    <>
      {revokeOthers.error && <ProblemNotice failure={revokeOthers.error} />}
      <Button label={t('devices.signOutOthers')} kind="secondary" icon="signOut" onPress={() => setAsking(true)} />
      <Dialog
        isOpen={isAsking}
        title={t('devices.signOutOthersTitle')}
        cancelLabel={t('common.cancel')}
        confirm={{ label: t('devices.signOutOthers'), onPress: confirm, isBusy: revokeOthers.isPending }}
        onClose={() => setAsking(false)}
      >
        {t('devices.signOutOthersText')}
      </Dialog>
    </>
  );
}
