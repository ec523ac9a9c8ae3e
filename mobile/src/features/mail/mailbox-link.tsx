import { baseUrl } from '@/api/base-url';
import { useClientConfig } from '@/client-config/client-config';
import { useTranslation } from '@/i18n/use-translation';
import { ExternalLink } from '@/ui';

/** In development, mails go to a page of the service itself. */
export function MailboxLink() {
  const { t } = useTranslation();
  const config = useClientConfig();
  return config?.mailbox ? <ExternalLink url={`${baseUrl() || window.location.origin}/dev/mail`}>{t('code.mailbox')}</ExternalLink> : null;
}
