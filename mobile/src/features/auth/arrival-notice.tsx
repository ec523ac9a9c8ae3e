import { useTranslation } from '@/i18n/use-translation';
import { Notice } from '@/ui';

import { EndedNotice } from './ended-notice';

/** Where somebody comes from who chose a password by mail; otherwise, why they were signed out. */
export function ArrivalNotice({ after }: { after: string | undefined }) {
  const { t } = useTranslation();
  if (after !== 'reset' && after !== 'invitation') return <EndedNotice />;
  return <Notice title={t(`${after}.doneTitle`)}>{t(`${after}.done`)}</Notice>;
}
