/** Why a ceremony gave no passkey, as the person can act on it. */

export type PasskeyFailureReason = 'cancelled' | 'registered' | 'elsewhere' | 'unsupported' | 'unknown';

export class PasskeyFailure extends Error {
  readonly reason: PasskeyFailureReason;
  /** That the passkeys belong to, as the options of the ceremony name it. */
  readonly domain: string;

  constructor(reason: PasskeyFailureReason, options: unknown, cause?: unknown) {
    super(reason, { cause });
    this.name = 'PasskeyFailure';
    this.reason = reason;
    const { rp, rpId = rp?.id } = options as { rp?: { id?: string }; rpId?: string };
    this.domain = rpId ?? '';
  }
}
