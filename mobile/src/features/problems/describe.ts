/** What a person can do about a problem, in their language. */
import type { TFunction } from 'i18next';

import { PasskeyFailure } from '@/passkeys/failure';
import { Problem } from '@/session/engine/problem';

export function describeProblem(failure: unknown, t: TFunction): string {
  if (failure instanceof PasskeyFailure) return t(`passkeyFailure.${failure.reason}`, { domain: failure.domain });
  if (!(failure instanceof Problem)) return t('problem.unknown');
  const wait = failure.retryAfterMs ? describeWait(failure.retryAfterMs, t) : null;
  switch (failure.code) {
    case 'network_unreachable':
      return t('problem.network');
    case 'network_timeout':
    case 'timeout':
      return t('problem.timeout');
    case 'store_unreadable':
      return t('problem.store');
    case 'rate_limited':
      return wait ? t('problem.rate_limited', { wait }) : t('problem.rateLimitedSoon');
    case 'overloaded':
    case 'database_unavailable':
    case 'shutting_down':
      return wait ? t('problem.unavailable', { wait }) : t('problem.unavailableSoon');
    case 'invalid_credentials':
    case 'internal':
    case 'forbidden':
    case 'not_found':
    case 'last_admin':
    case 'last_method':
    case 'proof_invalid':
    case 'proof_expired':
    case 'second_factor_required':
    case 'second_factor_invalid':
    case 'second_factor_conflict':
    case 'flow_expired':
    case 'step_up_required':
    case 'validation_failed':
    case 'origin_rejected':
      return t(`problem.${failure.code}`);
    case 'passkey_invalid':
    case 'passkey_missing':
    case 'passkey_taken':
    case 'passkey_unknown':
      return t(`passkeyProblem.${failure.code}`);
    case 'email_taken':
      return t('fields.emailTaken');
    default:
      // Also a proxy's own page, which has nothing but its status and its Retry-After.
      if (wait && failure.isTransient) return t(failure.status === 429 ? 'problem.rate_limited' : 'problem.unavailable', { wait });
      return failure.detail ?? t('problem.unknown');
  }
}

const MINUTE = 60;

/** Rounded up, so that nobody is sent into the next refusal. */
export function describeWait(ms: number, t: TFunction): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < MINUTE) return seconds === 1 ? t('wait.second') : t('wait.seconds', { number: seconds });
  const minutes = Math.ceil(seconds / MINUTE);
  if (minutes < 2 * MINUTE) return minutes === 1 ? t('wait.minute') : t('wait.minutes', { number: minutes });
  return t('wait.hours', { number: Math.ceil(minutes / MINUTE) });
}
