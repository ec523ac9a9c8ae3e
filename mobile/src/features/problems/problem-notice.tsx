
import { Problem } from '@/session/engine/problem';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Notice } from '@/ui';

import { describeProblem } from './describe';

type ProblemNoticeProps = {
  failure: unknown;
  /** Better words than the code alone suggests, from who knows what was tried. */
  text?: string | undefined;
  onRetry?: () => void;
};

/** What went wrong, what to do about it, and the number that support will ask for. */
export function ProblemNotice({ failure, text, onRetry }: ProblemNoticeProps) {
  const { t } = useTranslation();
  const requestId = failure instanceof Problem ? failure.requestId : undefined;
  return (
    <Notice
      tone="danger"
      title={t('problem.title')}
      footnote={requestId && t('common.requestId', { id: requestId })}
      action={onRetry && <Button label={t('common.retry')} kind="secondary" onPress={onRetry} />}
    >
      {text ?? describeProblem(failure, t)}
    </Notice>
  );
}
