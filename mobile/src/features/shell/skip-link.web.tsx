import { useTranslation } from '@/i18n/use-translation';

/** The first stop of the Tab key, unseen until then. */
export function SkipLink() {
  const { t } = useTranslation();
  return (
    <a
      className="skip-link"
      href="#content"
      onClick={(event) => {
        event.preventDefault();
        const content = document.getElementById('content');
        if (!content) return;
        content.tabIndex = -1;
        content.focus();
      }}
    >
      {t('common.skipToContent')}
    </a>
  );
}
