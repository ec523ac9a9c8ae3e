import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';

import { proveEmail, type User } from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';
import { useTranslation } from '@/i18n/use-translation';
import { forgetMailedToken, useMailedToken } from '@/links/mailed-link';
import { Card, Page, SkeletonRows, Text, TextLink, useToast } from '@/ui';
import { goBackTo } from '@/ui/way-back';

import { meKey, useMe } from '../account/queries';
import { ProblemNotice } from '../problems/problem-notice';
import { QueryView } from '../problems/query-view';

/** Only for somebody who is signed in to the account: the link alone proves nothing to a stranger. */
export function ConfirmEmailScreen() {
  const { t } = useTranslation();
  return (
    <Page title={t('confirmEmail.title')} up={{ href: '/', label: t('home.title') }}>
      <Card>
        <QueryView query={useMe()} skeletonRows={1}>
          {(user) => <ConfirmEmail user={user} />}
        </QueryView>
      </Card>
    </Page>
  );
}

function ConfirmEmail({ user }: { user: User }) {
  const { t } = useTranslation();
  const toast = useToast();
  const token = useMailedToken('confirm-email');
  const { id } = user;
  const { mutate, error, isPending, isSuccess } = useMutation({
    mutationFn: (link: string) => proveEmail(id, { token: link }),
    onSuccess: (changed) => {
      queryClient.setQueryData(meKey, changed);
      toast(t('confirmEmail.done'));
      goBackTo('/');
    },
    onSettled: forgetMailedToken,
  });
  useEffect(() => {
    if (token !== null) mutate(token);
  }, [token, mutate]);

  if (token !== null || isPending || isSuccess) return <SkeletonRows count={1} label={t('confirmEmail.checking')} />;
  return (
    <>
      {error ? <ProblemNotice failure={error} /> : <Text>{t('confirmEmail.missing')}</Text>}
      <TextLink href="/account/email">{t('confirmEmail.enterCode')}</TextLink>
    </>
  );
}
