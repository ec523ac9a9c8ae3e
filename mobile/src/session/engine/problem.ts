/** Every way in which a call can fail, in one shape that the session and screens can read. */

/** Nobody is kept waiting longer than this without being told; longer waits are left to the person. */
export const LONGEST_PAUSE_MS = 5_000;

export type ProblemAction = 'retry' | 'refresh' | 'csrf' | 'reauth' | 'wait' | 'second_factor' | 'step_up' | 'fix';

type ProblemFields = {
  code: string;
  action: ProblemAction;
  status: number;
  detail?: string;
  requestId?: string;
  retryAfterMs?: number;
  flow?: string;
  factors?: string[];
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
  /** Of a sign-in that waits for a second factor. */
  readonly flow: string | undefined;
  /** The ways to go on with a sign-in or a step-up. */
  readonly factors: readonly string[];
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
    this.flow = fields.flow;
    this.factors = fields.factors ?? [];
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
