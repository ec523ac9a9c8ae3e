/**
 * What a session can be, and the only ways it changes. Pure: no clock, no network, no storage.
 * The rule that everything else leans on stands here: an answer ends a session when, and only
 * when, the server says `reauth` about the session that is current.
 */

export type SignedOutReason =
  | 'none'
  | 'signed-out'
  | 'deleted'
  | 'revoked'
  | 'expired'
  | 'reused'
  | 'rejected'
  | 'elsewhere';

export type SessionState =
  | { phase: 'restoring'; epoch: number; isStoreUnreadable: boolean }
  | { phase: 'signed-in'; epoch: number }
  | { phase: 'signed-out'; epoch: number; reason: SignedOutReason };

/** Past tense: each says what happened, never what should follow. */
export type SessionEvent =
  | { type: 'restored'; hasCredentials: boolean }
  | { type: 'store-failed' }
  | { type: 'network-failed' }
  | { type: 'signed-in' }
  | { type: 'signed-out'; reason: 'signed-out' | 'deleted' | 'elsewhere' }
  | { type: 'answered'; epoch: number; action: string; code: string };

export const initialState: SessionState = { phase: 'restoring', epoch: 0, isStoreUnreadable: false };

export function reduce(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case 'restored':
      if (state.phase !== 'restoring') return state;
      return event.hasCredentials
        ? { phase: 'signed-in', epoch: state.epoch + 1 }
        : { phase: 'signed-out', epoch: state.epoch, reason: 'none' };

    case 'store-failed':
      return state.phase === 'restoring' && !state.isStoreUnreadable
        ? { ...state, isStoreUnreadable: true }
        : state;

    case 'network-failed':
      return state;

    case 'signed-in':
      return { phase: 'signed-in', epoch: state.epoch + 1 };

    case 'signed-out':
      if (state.phase === 'signed-out' && !isBetterReason(state.reason, event.reason)) return state;
      return { phase: 'signed-out', epoch: state.epoch, reason: event.reason };

    case 'answered':
      if (event.action !== 'reauth') return state;
      if (state.phase !== 'signed-in' || event.epoch !== state.epoch) return state;
      return { phase: 'signed-out', epoch: state.epoch, reason: reasonFor(event.code) };
  }
}

/** A background request may hear `session_revoked` before the click that caused it is answered. */
function isBetterReason(known: SignedOutReason, told: SignedOutReason): boolean {
  return known === 'revoked' && (told === 'signed-out' || told === 'deleted');
}

function reasonFor(code: string): SignedOutReason {
  switch (code) {
    case 'session_revoked':
      return 'revoked';
    case 'refresh_token_expired':
    case 'refresh_token_missing':
      return 'expired';
    case 'refresh_token_reused':
      return 'reused';
    default:
      return 'rejected';
  }
}
