/** What outlives the process: a refresh token on a phone, a mere flag beside a browser's cookies. */

export type Grant = {
  /** Null on the web, where the browser holds it in a cookie no script can read. */
  accessToken: string | null;
  refreshToken: string | null;
  /** Seconds from now; never a point in time, since device clocks lie. */
  expiresIn: number;
};

export type Stored = { kind: 'none' } | { kind: 'cookie' } | { kind: 'token'; token: string };

/** Every method may throw: a locked keychain is a failure, never an empty one. */
export type Vault = {
  read(): Promise<Stored>;
  /** Resolves once the grant is safe on disk; skipped when `isWanted` says so at that moment. */
  write(grant: Grant, isWanted: () => boolean): Promise<void>;
  /** Resolves once no later `read` will find what was there, even if it is still there. */
  clear(): Promise<void>;
};
