import { Platform } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { Button, useToast } from '@/ui';

import { handOver } from './hand-over';

/** Copies a text in a browser; a phone shows its own sheet, which also says what became of it. */
export function HandOverButton({ text, name }: { text: string; name: string }) {
  const { t } = useTranslation();
  const toast = useToast();
  const isWeb = Platform.OS === 'web';

  async function press() {
    const isDone = await handOver(text);
    if (!isDone) toast(t('security.notCopied'), 'failed');
    else if (isWeb) toast(t('security.copied'));
  }

  const label = isWeb ? t('security.copy') : t('security.share');
  return <Button kind="secondary" label={label} accessibleName={`${label}: ${name}`} onPress={() => void press()} />;
}
