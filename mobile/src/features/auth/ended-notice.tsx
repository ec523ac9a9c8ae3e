
import { useTranslation } from '@/i18n/use-translation';
import { useSession } from '@/session/use-session';
import { Notice } from '@/ui';

/** Tells someone who was signed out why. */
export function EndedNotice() {
  const { t } = useTranslation();
  const session = useSession();
  if (session.phase !== 'signed-out' || session.reason === 'none') return null;
  const { reason } = session;
  return (
    <Notice tone={reason === 'reused' ? 'warning' : 'info'} title={t(`ended.${reason}.title`)}>
      {t(`ended.${reason}.text`)}
    </Notice>
  );
}
