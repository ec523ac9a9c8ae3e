import { initialState, reduce, type SessionEvent, type SessionState } from './machine';

const after = (...events: SessionEvent[]): SessionState => events.reduce(reduce, initialState);

const found: SessionEvent = { type: 'restored', hasCredentials: true };
const foundNothing: SessionEvent = { type: 'restored', hasCredentials: false };
const signedIn: SessionEvent = { type: 'signed-in' };
const signedOut: SessionEvent = { type: 'signed-out', reason: 'signed-out' };
const answered = (action: string, code = 'session_revoked', epoch = 1): SessionEvent => ({
  type: 'answered',
  action,
  code,
  epoch,
});

describe('restoring', () => {
  it('finds credentials and is signed in', () => {
    expect(after(found)).toEqual({ phase: 'signed-in', epoch: 1 });
  });

  it('finds none and is signed out for no reason worth telling', () => {
    expect(after(foundNothing)).toEqual({ phase: 'signed-out', epoch: 0, reason: 'none' });
  });

  it('goes on while the store cannot be read, and says so', () => {
    expect(after({ type: 'store-failed' })).toEqual({ phase: 'restoring', epoch: 0, isStoreUnreadable: true });
    expect(after({ type: 'store-failed' }, { type: 'store-failed' }, found).phase).toBe('signed-in');
  });

  it('happens once: a second result changes nothing', () => {
    expect(after(found, foundNothing).phase).toBe('signed-in');
    expect(after(foundNothing, found).phase).toBe('signed-out');
  });
});

describe('a session ends', () => {
  it.each([
    ['session_revoked', 'revoked'],
    ['refresh_token_expired', 'expired'],
    ['refresh_token_missing', 'expired'],
    ['refresh_token_reused', 'reused'],
    ['refresh_token_invalid', 'rejected'],
    ['access_token_invalid', 'rejected'],
    ['a_code_from_next_year', 'rejected'],
  ])('when the server says reauth with %s, because it was %s', (code, reason) => {
    expect(after(found, answered('reauth', code))).toMatchObject({ phase: 'signed-out', reason });
  });

  it.each(['retry', 'refresh', 'csrf', 'wait', 'fix', 'something-new'])('never on action %s', (action) => {
    expect(after(found, answered(action)).phase).toBe('signed-in');
  });

  it('never because the network or the store fails', () => {
    const storm: SessionEvent[] = Array.from({ length: 50 }, () => [
      { type: 'network-failed' } as const,
      { type: 'store-failed' } as const,
      answered('retry', 'internal'),
      answered('wait', 'rate_limited'),
    ]).flat();
    expect(after(found, ...storm)).toEqual({ phase: 'signed-in', epoch: 1 });
  });

  it('not when the answer is about the session before this one', () => {
    expect(after(found, signedOut, signedIn, answered('reauth', 'session_revoked', 1))).toEqual({
      phase: 'signed-in',
      epoch: 2,
    });
  });

  it('once: what arrives later does not change the reason', () => {
    expect(after(found, answered('reauth', 'session_revoked'), answered('reauth', 'refresh_token_reused'))).toMatchObject({
      reason: 'revoked',
    });
  });
});

describe('signing out', () => {
  it('is told as such even if a background request heard of it first', () => {
    expect(after(found, answered('reauth'), signedOut)).toMatchObject({ reason: 'signed-out' });
    expect(after(found, answered('reauth'), { type: 'signed-out', reason: 'deleted' })).toMatchObject({
      reason: 'deleted',
    });
  });

  it('in another tab does not overwrite what this tab already told', () => {
    expect(after(found, answered('reauth'), { type: 'signed-out', reason: 'elsewhere' })).toMatchObject({
      reason: 'revoked',
    });
  });

  it('then in again counts a new epoch, so that nothing old can touch it', () => {
    expect(after(found, signedOut, signedIn)).toEqual({ phase: 'signed-in', epoch: 2 });
  });
});
