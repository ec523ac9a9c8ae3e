import { useTranslation } from '@/i18n/use-translation';
import { useMailedToken } from '@/links/mailed-link';
import { TextLink } from '@/ui';

import { AuthLayout } from '../auth/auth-layout';
import { NewPasswordForm } from './new-password-form';

export function InvitationScreen() {
  const { t } = useTranslation();
  const token = useMailedToken('invitation');
  return (
    <AuthLayout title={t('invitation.title')} intro={token === null ? t('invitation.missing') : t('invitation.intro')}>
      {token === null ? (
        <TextLink href="/sign-in">{t('forgot.toSignIn')}</TextLink>
      ) : (
        <NewPasswordForm
          token={token}
          email=""
          label={t('invitation.password')}
          submit={t('invitation.submit')}
          after="invitation"
          problems={{ proof_invalid: t('invitation.linkInvalid'), proof_expired: t('invitation.linkInvalid') }}
        />
      )}
    </AuthLayout>
  );
}
