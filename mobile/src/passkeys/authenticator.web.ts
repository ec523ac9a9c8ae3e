/** What a browser does with passkeys. One request at a time: each ends the one before it, as browsers demand. */
import { PasskeyFailure, type PasskeyFailureReason } from './failure';
import { readCreationOptions, readRequestOptions, writeCredential } from './json';

/** The passkeys of an account, as devices know them. */
export type Accepted = { rpId: string; userId: string; allAcceptedCredentialIds: string[] };

let running: AbortController | null = null;

/** Has the device make a passkey, and returns what the service is to be told of it. */
export function createPasskey(options: unknown): Promise<unknown> {
  return request((signal) => navigator.credentials.create({ publicKey: readCreationOptions(options), signal }), options);
}

/** Asks for a passkey in a dialog of the browser. */
export function getPasskey(options: unknown): Promise<unknown> {
  return request((signal) => navigator.credentials.get({ publicKey: readRequestOptions(options), signal }), options);
}

/** Waits until a passkey is picked among the suggestions of a field; fails when `until` says so. */
export function getAutofilled(options: unknown, until: AbortSignal): Promise<unknown> {
  return request(
    (signal) => navigator.credentials.get({ publicKey: readRequestOptions(options), mediation: 'conditional', signal }),
    options,
    until,
  );
}

async function request(
  ask: (signal: AbortSignal) => Promise<Credential | null>,
  options: unknown,
  until?: AbortSignal,
): Promise<unknown> {
  if (until?.aborted) throw new PasskeyFailure('cancelled', options);
  running?.abort();
  const own = new AbortController();
  running = own;
  const abort = () => own.abort();
  until?.addEventListener('abort', abort);
  try {
    const credential = await ask(own.signal);
    if (!credential) throw new PasskeyFailure('unknown', options);
    return writeCredential(credential as PublicKeyCredential);
  } catch (failure) {
    throw failure instanceof PasskeyFailure ? failure : new PasskeyFailure(reasonOf(failure), options, failure);
  } finally {
    until?.removeEventListener('abort', abort);
    if (running === own) running = null;
  }
}

/** A browser does not tell a cancelled ceremony from a device without a fitting passkey: pages are not to know. */
const REASONS: Partial<Record<string, PasskeyFailureReason>> = {
  NotAllowedError: 'cancelled',
  AbortError: 'cancelled',
  InvalidStateError: 'registered',
  SecurityError: 'elsewhere',
  NotSupportedError: 'unsupported',
  ConstraintError: 'unsupported',
};

const reasonOf = (failure: unknown): PasskeyFailureReason =>
  (failure instanceof DOMException && REASONS[failure.name]) || 'unknown';

/** Has the device forget a passkey that the service does not know. */
export async function forgetPasskey(rpId: string, credentialId: string): Promise<void> {
  await attempt(() => PublicKeyCredential.signalUnknownCredential?.({ rpId, credentialId }));
}

/** Tells the device which passkeys an account has, so that it offers no others. */
export async function tellAccepted(accepted: Accepted): Promise<void> {
  await attempt(() => PublicKeyCredential.signalAllAcceptedCredentials?.(accepted));
}

/** A courtesy: where a browser cannot, its list stays as it is. */
async function attempt(signal: () => Promise<void> | undefined): Promise<void> {
  try {
    await signal();
  } catch {
    return;
  }
}
