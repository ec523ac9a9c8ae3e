import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { resendMail, type StartedFlow } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Problem } from '@/session/engine/problem';
import { deviceToken } from '@/session/platform/storage';
import { Button, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { clockTime, useCountdown } from './use-countdown';

/** A device whose clock is wrong waits no longer than this. */
const LONGEST_WAIT_MS = 60_000;

type ResendProps<T> = { resendAt: number; send: () => Promise<T>; onSent?: (sent: T) => void };

/** For a flow of mails. */
export const resendTo = (flow: string) => async (): Promise<StartedFlow> =>
  resendMail({ flow }, { headers: await deviceToken.headers() });

/** Asks for another mail, when it is time. */
export function Resend<T extends { resend_in: number }>({ resendAt, send, onSent }: ResendProps<T>) {
  const { t } = useTranslation();
  const toast = useToast();
  const [waitUntil, setWaitUntil] = useState(() => Math.min(resendAt, Date.now() + LONGEST_WAIT_MS));
  const left = useCountdown(waitUntil);
  const resend = useMutation({
    mutationFn: send,
    onSuccess: (started) => {
      setWaitUntil(Date.now() + started.resend_in * 1000);
      onSent?.(started);
      toast(t('code.sent'));
    },
    onError: (failure) => {
      if (isTooEarly(failure)) setWaitUntil(Date.now() + failure.retryAfterMs);
    },
  });
  return (
    <>
      {resend.error && !isTooEarly(resend.error) && <ProblemNotice failure={resend.error} />}
      <Button
        kind="quiet"
        label={left > 0 ? t('code.resendIn', { time: clockTime(left) }) : t('code.resend')}
        isDisabled={left > 0}
        isBusy={resend.isPending}
        onPress={() => resend.mutate()}
      />
    </>
  );
}

/** Said by the countdown. */
function isTooEarly(failure: unknown): failure is Problem & { retryAfterMs: number } {
  return failure instanceof Problem && failure.code === 'rate_limited' && failure.retryAfterMs !== undefined;
}
