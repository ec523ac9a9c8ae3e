/** What a person can do about a problem, in their language. */
import type { TFunction } from 'i18next';

import { Problem } from '@/session/engine/problem';

export function describeProblem(failure: unknown, t: TFunction): string {
  if (!(failure instanceof Problem)) return t('problem.unknown');
  switch (failure.code) {
    case 'network_unreachable':
      return t('problem.network');
    case 'network_timeout':
    case 'timeout':
      return t('problem.timeout');
    case 'store_unreadable':
      return t('problem.store');
    case 'rate_limited':
      return failure.retryAfterMs
        ? t('problem.rate_limited', { seconds: Math.ceil(failure.retryAfterMs / 1000) })
        : t('problem.rateLimitedSoon');
    case 'overloaded':
    case 'database_unavailable':
    case 'shutting_down':
      return t('problem.unavailable');
    case 'invalid_credentials':
    case 'internal':
    case 'forbidden':
    case 'not_found':
    case 'last_admin':
    case 'validation_failed':
    case 'origin_rejected':
      return t(`problem.${failure.code}`);
    case 'email_taken':
      return t('fields.emailTaken');
    default:
      return failure.detail ?? t('problem.unknown');
  }
}
