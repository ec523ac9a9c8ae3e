/** Reads an answer that is no success. */
import { Problem, type ProblemAction } from '@/session/engine/problem';

/** What is believed of a Retry-After: a proxy may say anything. */
const LONGEST_RETRY_AFTER_MS = 86_400_000;

const ACTIONS: readonly string[] = ['retry', 'refresh', 'csrf', 'reauth', 'wait', 'second_factor', 'step_up', 'fix'];

/**
 * Reads an error answer. One that is not a problem document (a proxy's page, a captive portal,
 * a cut body) says nothing about the session: it is `retry` or `fix`, never `reauth`. An action that
 * a newer service asks for and this client does not know is `fix`.
 */
export function problemFrom(status: number, body: unknown, headers: Record<string, unknown>): Problem {
  const fields = asRecord(typeof body === 'string' ? parseJson(body) : body);
  const isOurs = typeof fields.code === 'string' && typeof fields.action === 'string';
  const requestId = fields.request_id ?? headers['x-request-id'];
  return new Problem({
    status,
    code: isOurs ? (fields.code as string) : 'unexpected_answer',
    action: isOurs ? knownAction(fields.action as string) : actionForStatus(status),
    ...(typeof fields.detail === 'string' && { detail: fields.detail }),
    ...(typeof requestId === 'string' && { requestId }),
    ...withRetryAfter(headers),
    ...(typeof fields.flow === 'string' && { flow: fields.flow }),
    factors: Array.isArray(fields.factors) ? fields.factors.filter((it) => typeof it === 'string') : [],
    errors: fieldErrors(fields.errors),
  });
}

function actionForStatus(status: number): ProblemAction {
  if (status === 429) return 'wait';
  return status >= 500 || status === 408 || (status >= 200 && status < 300) ? 'retry' : 'fix';
}

function knownAction(action: string): ProblemAction {
  return ACTIONS.includes(action) ? (action as ProblemAction) : 'fix';
}

/** Seconds, or a date (RFC 9110 §10.2.3), which is read against the answer's own: device clocks lie. */
function withRetryAfter(headers: Record<string, unknown>): { retryAfterMs?: number } {
  const header = headers['retry-after'];
  if (typeof header !== 'string' || header.trim() === '') return {};
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.parse(String(headers.date)) : seconds * 1000;
  return Number.isNaN(ms) ? {} : { retryAfterMs: Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS) };
}

function fieldErrors(value: unknown): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  for (const [field, messages] of Object.entries(asRecord(value))) {
    if (Array.isArray(messages)) result[field] = messages.filter((m) => typeof m === 'string');
  }
  return result;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
