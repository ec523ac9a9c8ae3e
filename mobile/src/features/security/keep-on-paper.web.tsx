import { useEffect } from 'react';

import { useTranslation } from '@/i18n/use-translation';
import { Button } from '@/ui';

const FILE = 'recovery-codes.txt';

/** Saves a text that is shown only once as a file or prints it, and warns before the page is closed. */
export function KeepOnPaper({ text }: { text: string }) {
  const { t } = useTranslation();
  useEffect(warnBeforeClosing, []);
  useEffect(() => printInstead(text), [text]);
  return (
    <>
      <Button kind="secondary" label={t('recoveryCodes.download')} onPress={() => save(text)} />
      <Button kind="secondary" label={t('recoveryCodes.print')} onPress={() => window.print()} />
    </>
  );
}

function warnBeforeClosing() {
  const warn = (event: BeforeUnloadEvent) => event.preventDefault();
  window.addEventListener('beforeunload', warn);
  return () => window.removeEventListener('beforeunload', warn);
}

/** Puts the text beside the page, where the style sheet shows it to printers only. */
function printInstead(text: string) {
  const paper = document.createElement('pre');
  paper.className = 'print-only';
  paper.textContent = text;
  document.body.append(paper);
  return () => paper.remove();
}

function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = FILE;
  link.click();
  URL.revokeObjectURL(url);
}
