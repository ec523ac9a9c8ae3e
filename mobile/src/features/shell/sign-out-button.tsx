import { useMutation } from '@tanstack/react-query';

import { useTranslation } from '@/i18n/use-translation';
import { engine } from '@/session/app-session';
import { Button, useToast } from '@/ui';

import { describeProblem } from '../problems/describe';

export function SignOutButton() {
  const { t } = useTranslation();
  const toast = useToast();
  const signOut = useMutation({
    mutationFn: () => engine.signOut(),
    onError: (failure) => toast(describeProblem(failure, t), 'failed'),
  });
  return (
    <Button
      label={t('nav.signOut')}
      kind="secondary"
      icon="signOut"
      isWide
      isBusy={signOut.isPending}
      onPress={() => signOut.mutate()}
    />
  );
}
