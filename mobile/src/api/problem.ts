/** Every way in which a call can fail, in one shape that screens and the session can read. */

/** Nobody is kept waiting longer than this without being told; longer waits are left to the person. */
export const LONGEST_PAUSE_MS = 5_000;

/** What is believed of a Retry-After: a proxy may say anything. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

export type ProblemAction = 'retry' | 'refresh' | 'csrf' | 'reauth' | 'wait' | 'fix';

type ProblemFields = {
  code: string;
  action: ProblemAction;
  status: number;
  detail?: string;
  requestId?: string;
  retryAfterMs?: number;
  errors?: Record<string, string[]>;
};

export class Problem extends Error {
  readonly code: string;
  readonly action: ProblemAction;
  /** 0 when no answer came. */
  readonly status: number;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly errors: Record<string, string[]>;

  constructor(fields: ProblemFields) {
    super(`${fields.status} ${fields.code}`);
    this.name = 'Problem';
    this.code = fields.code;
    this.action = fields.action;
    this.status = fields.status;
    this.detail = fields.detail;
    this.requestId = fields.requestId;
    this.retryAfterMs = fields.retryAfterMs;
    this.errors = fields.errors ?? {};
  }

  get isTransient(): boolean {
    return this.action === 'retry' || this.action === 'wait';
  }

  /** Whether the same request may be sent again without asking. */
  get isWorthAPause(): boolean {
    return this.isTransient && (this.retryAfterMs ?? 0) <= LONGEST_PAUSE_MS;
  }

  get isOffline(): boolean {
    return this.code === 'network_unreachable' || this.code === 'network_timeout';
  }
}

export function networkProblem(kind: 'unreachable' | 'timeout'): Problem {
  return new Problem({ code: `network_${kind}`, action: 'retry', status: 0 });
}

export function storeProblem(): Problem {
  return new Problem({ code: 'store_unreadable', action: 'retry', status: 0 });
}

export function abortedProblem(): Problem {
  return new Problem({ code: 'aborted', action: 'fix', status: 0 });
}

const ACTIONS: readonly string[] = ['retry', 'refresh', 'csrf', 'reauth', 'wait', 'fix'];

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
