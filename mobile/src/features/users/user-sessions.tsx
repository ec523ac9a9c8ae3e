import { useState } from 'react';
import { StyleSheet, View } from 'react-native';

import type { User } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Card, Dialog, space, Text, useGutter, useToast } from '@/ui';

import { SessionRow } from '../devices/session-row';
import { ProblemNotice } from '../problems/problem-notice';
import { QueryView } from '../problems/query-view';
import { useRevokeUserSessions, useUserSessions } from './queries';

export function UserSessions({ user }: { user: User }) {
  const { t } = useTranslation();
  const toast = useToast();
  const gutter = useGutter();
  const sessions = useUserSessions(user.id);
  const revoke = useRevokeUserSessions(user.id);
  const [isAsking, setAsking] = useState(false);
  const count = sessions.data?.items.length ?? 0;

  function confirm() {
    revoke.mutate(undefined, {
      onSuccess: () => toast(t('user.signedOut')),
      onSettled: () => setAsking(false),
    });
  }

  return (
    <Card title={t('user.sessions')} isFlush>
      {revoke.error && <ProblemNotice failure={revoke.error} />}
      <QueryView query={sessions} skeletonRows={1}>
        {({ items }) =>
          items.length === 0 ? (
            <View style={[styles.padded, { paddingHorizontal: gutter, paddingBottom: gutter }]}>
              <Text tone="muted">{t('user.noSessions')}</Text>
            </View>
          ) : (
            <View role="list" aria-label={t('user.sessions')}>
              {items.map((session, index) => (
                <SessionRow
                  key={session.id}
                  session={session}
                  now={new Date(sessions.dataUpdatedAt)}
                  isFirst={index === 0}
                />
              ))}
            </View>
          )
        }
      </QueryView>
      {count > 0 && (
        <View style={[styles.padded, { paddingHorizontal: gutter, paddingBottom: gutter }]}>
          <Button
            label={t('user.signOutEverywhere')}
            kind="secondary"
            icon="signOut"
            onPress={() => setAsking(true)}
          />
        </View>
      )}
      <Dialog
        isOpen={isAsking}
        title={t('user.signOutEverywhereTitle', { email: user.email })}
        cancelLabel={t('common.cancel')}
        confirm={{ label: t('user.signOutEverywhere'), onPress: confirm, isBusy: revoke.isPending }}
        onClose={() => setAsking(false)}
      >
        {t('user.signOutEverywhereText')}
      </Dialog>
    </Card>
  );
}

const styles = StyleSheet.create({ padded: { paddingTop: space.xs } });
