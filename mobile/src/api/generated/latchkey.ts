import { send } from '../client.ts';
/**
 * What the client should do next. It ends its session on `reauth` and on nothing else.
 */
export type Action = typeof Action[keyof typeof Action];


export const Action = {
  retry: 'retry',
  refresh: 'refresh',
  csrf: 'csrf',
  reauth: 'reauth',
  wait: 'wait',
  fix: 'fix',
} as const;

/**
 * What happened.
 */
export type Kind = typeof Kind[keyof typeof Kind];


export const Kind = {
  registered: 'registered',
  signed_in: 'signed_in',
  sign_in_failed: 'sign_in_failed',
  sign_in_throttled: 'sign_in_throttled',
  refreshed_after_loss: 'refreshed_after_loss',
  refreshed_after_restore: 'refreshed_after_restore',
  refresh_token_reused: 'refresh_token_reused',
  signed_out: 'signed_out',
  sessions_revoked: 'sessions_revoked',
  password_changed: 'password_changed',
  email_changed: 'email_changed',
  role_changed: 'role_changed',
  deactivated: 'deactivated',
  reactivated: 'reactivated',
  verification_sent: 'verification_sent',
  email_verified: 'email_verified',
  reset_requested: 'reset_requested',
  password_reset: 'password_reset',
  email_change_requested: 'email_change_requested',
  email_change_cancelled: 'email_change_cancelled',
  change_undone: 'change_undone',
  invited: 'invited',
  invitation_withdrawn: 'invitation_withdrawn',
  mail_bounced: 'mail_bounced',
  unknown: 'unknown',
} as const;

/**
 * Something that happened to an account.
 */
export interface AuditEvent {
  /**
     * Who did it; `null` for somebody not signed in, and for the command line.
     * @nullable
     */
  actor_id: number | null;
  created_at: string;
  id: number;
  /**
     * `null` for the command line.
     * @nullable
     */
  ip: string | null;
  kind: Kind;
  /** Finds the request in the log. */
  request_id: string;
  /** @nullable */
  session_id: string | null;
  user_agent: string;
  /**
     * Whose account; `null` when the address that was tried is unknown.
     * @nullable
     */
  user_id: number | null;
}

/**
 * One page.
 */
export interface AuditEventPage {
  items: AuditEvent[];
  /**
     * Where the next page starts; `null` on the last one.
     * @nullable
     */
  next_cursor: string | null;
}

/**
 * How the product presents itself in the client and in mails.
 */
export interface Brand {
  /**
     * `BRAND_ACCENT`: the color of buttons and links, as `#rrggbb`.
     * @nullable
     */
  accent?: string | null;
  /**
     * `BRAND_LOGO_URL`: a picture of 3:1 at most; the client shows its own when unset.
     * @nullable
     */
  logo_url?: string | null;
  /** `BRAND_NAME`: the product's name. */
  name: string;
  /**
     * `PRIVACY_URL`: the privacy policy.
     * @nullable
     */
  privacy_url?: string | null;
  /**
     * `SUPPORT_URL`: where people get help.
     * @nullable
     */
  support_url?: string | null;
  /**
     * `TERMS_URL`: the terms of service.
     * @nullable
     */
  terms_url?: string | null;
}

/**
 * A role; it stands in every access token.
 */
export type Role = typeof Role[keyof typeof Role];


export const Role = {
  user: 'user',
  admin: 'admin',
  unknown: 'unknown',
} as const;

/**
 * What to change of an account; what is left out stays as it is.
 */
export interface Changes {
  /**
     * Needed to change the own address or password, and to deactivate the own account.
     * @nullable
     */
  current_password?: string | null;
  /**
     * In any case; kept in lower case, with its domain in ASCII.
     * @maxLength 254
     * @nullable
     */
  email?: string | null;
  /**
     * Administrators only. Ends the account's sessions when false.
     * @nullable
     */
  is_active?: boolean | null;
  /**
     * As at registration. Ends the account's other sessions.
     * @minLength 8
     * @maxLength 128
     * @nullable
     */
  password?: string | null;
  role?: Role | null;
}

/**
 * What the service needs, each `ok` or what is wrong with it.
 */
export interface Checks {
  /** `ok` or `unavailable`. */
  database: string;
  /**
     * Only with `REDIS_URL`: `ok` while requests are counted for all instances together; `local` while
     * each counts by itself, as Redis is away or slow. The service is ready all the same.
     * @nullable
     */
  limits?: string | null;
  /**
     * Only with `DATABASE_REPLICA_URL`: `ok`, `behind` when it is not asked because it lacks a write or
     * is more than 10 s old, or `unavailable`. The primary answers meanwhile.
     * @nullable
     */
  replica?: string | null;
  /**
     * The most seconds by which the replica's answers may be old, unless it is unavailable.
     * @nullable
     */
  replica_lag_seconds?: number | null;
  /**
     * `ok` while this instance hears at once of sessions that others end; `looking` while it finds
     * them by looking twice a second; `unknown` when it has done neither for 3 s. The service is
     * ready all the same.
     */
  revocations: string;
}

/**
 * Whether an account begins with a proof of its address.
 */
export type EmailVerification = typeof EmailVerification[keyof typeof EmailVerification];


export const EmailVerification = {
  required: 'required',
  off: 'off',
} as const;

/**
 * A language of mails and of the client.
 */
export type Locale = typeof Locale[keyof typeof Locale];


export const Locale = {
  en: 'en',
  de: 'de',
} as const;

/**
 * What is on. A client shows this and nothing else.
 */
export interface ClientConfig {
  brand: Brand;
  /** Whether an account begins with a proof of its address. */
  email_verification: EmailVerification;
  /** The languages of mails. */
  languages: Locale[];
  /** Whether mail can be sent: a forgotten password can be reset, an address proved. */
  mail: boolean;
  /** Whether mails go to the development mailbox at `/dev/mail`. */
  mailbox: boolean;
  /** Whether strangers may register. */
  sign_up: boolean;
  /** The domains whose addresses may register; any when empty. */
  sign_up_domains: string[];
}

/**
 * How a client carries its tokens.
 */
export type ClientType = typeof ClientType[keyof typeof ClientType];


export const ClientType = {
  web: 'web',
  native: 'native',
  unknown: 'unknown',
} as const;

/**
 * What went wrong, as programs tell it.
 */
export type Code = typeof Code[keyof typeof Code];


export const Code = {
  invalid_credentials: 'invalid_credentials',
  access_token_missing: 'access_token_missing',
  access_token_expired: 'access_token_expired',
  access_token_invalid: 'access_token_invalid',
  session_revoked: 'session_revoked',
  refresh_token_missing: 'refresh_token_missing',
  refresh_token_invalid: 'refresh_token_invalid',
  refresh_token_expired: 'refresh_token_expired',
  refresh_token_reused: 'refresh_token_reused',
  csrf_failed: 'csrf_failed',
  origin_rejected: 'origin_rejected',
  forbidden: 'forbidden',
  ambiguous_credentials: 'ambiguous_credentials',
  malformed_request: 'malformed_request',
  not_found: 'not_found',
  method_not_allowed: 'method_not_allowed',
  email_taken: 'email_taken',
  last_admin: 'last_admin',
  proof_invalid: 'proof_invalid',
  proof_expired: 'proof_expired',
  payload_too_large: 'payload_too_large',
  unsupported_media_type: 'unsupported_media_type',
  validation_failed: 'validation_failed',
  rate_limited: 'rate_limited',
  overloaded: 'overloaded',
  database_unavailable: 'database_unavailable',
  timeout: 'timeout',
  shutting_down: 'shutting_down',
  internal: 'internal',
} as const;

/**
 * A CSRF token for the page to send as `X-CSRF-Token`.
 */
export interface CsrfToken {
  /** 64 characters; stays valid until the browser is closed. */
  csrf_token: string;
}

/**
 * What the owner of an account proves before it is deactivated.
 */
export interface Deactivation {
  /**
     * Needed to deactivate the own account; an administrator leaves it out for another one.
     * @nullable
     */
  current_password?: string | null;
}

/**
 * The proof of an address: one of both.
 */
export interface EmailProof {
  /**
     * The code from the mail; blanks and hyphens do not count.
     * @nullable
     */
  code?: string | null;
  /**
     * What stands behind the `#` of the link.
     * @nullable
     */
  token?: string | null;
}

/**
 * A flow that is under way.
 */
export interface Flow {
  /** As it was started. */
  flow: string;
}

/**
 * Whose password is forgotten.
 */
export interface Forgotten {
  /**
     * In any case.
     * @maxLength 254
     */
  email: string;
}

export type KeySetKeysItem = { [key: string]: unknown };

/**
 * A JSON Web Key Set.
 */
export interface KeySet {
  /** None while access tokens are signed with a secret. */
  keys: KeySetKeysItem[];
}

/**
 * The process runs.
 */
export interface Live {
  status: string;
}

/**
 * Who wants to sign in.
 */
export interface Login {
  /**
     * What to call this device in the list of sessions; else it is named by its user agent.
     * @maxLength 100
     * @nullable
     * @pattern ^[^\u0000-\u001f\u007f-\u009f]*$
     */
  device_name?: string | null;
  /**
     * In any case.
     * @maxLength 254
     */
  email: string;
  /**
     * As it was typed.
     * @minLength 1
     */
  password: string;
}

/**
 * An account as its owner and administrators see it.
 */
export interface User {
  /** When it was registered. */
  created_at: string;
  /** In lower case, with its domain in ASCII. */
  email: string;
  /**
     * When a mail to the address came back for good.
     * @nullable
     */
  email_bounced_at?: string | null;
  /**
     * When its owner last proved to read mail at the address; null if nobody has.
     * @nullable
     */
  email_verified_at?: string | null;
  /** Never used again, also after the account is deactivated. */
  id: number;
  /**
     * When an administrator made the account, while nobody has accepted the invitation.
     * @nullable
     */
  invited_at?: string | null;
  /** Whether the account can be signed in to. */
  is_active: boolean;
  /**
     * The language that its owner gets mails in.
     * @nullable
     */
  locale?: string | null;
  /**
     * The address that it is to have once that is proved; counts until `pending_email_expires_at`.
     * @nullable
     */
  pending_email?: string | null;
  /**
     * When that proof is too old.
     * @nullable
     */
  pending_email_expires_at?: string | null;
  /**
     * The flow of that proof, to ask for another code.
     * @nullable
     */
  pending_email_flow?: string | null;
  /** What the account may do. */
  role: Role;
  /** When anything of it last changed. */
  updated_at: string;
}

/**
 * What a native client gets.
 */
export interface NativeTokens {
  /** For the `Authorization: Bearer` header. */
  access_token: string;
  /**
     * At sign-in only: what to send as `X-Device-Token` at the next one. Keep it when the session ends.
     * @nullable
     */
  device_token?: string | null;
  /** The seconds that the access token lives. */
  expires_in: number;
  /** The seconds that the refresh token lives. */
  refresh_expires_in: number;
  /** For the next refresh; at most 512 bytes. */
  refresh_token: string;
  /** `Bearer`. */
  token_type: string;
  user: User;
}

/**
 * Messages by the field they concern.
 * @nullable
 */
export type ProblemErrors = {[key: string]: string[]} | null;

/**
 * The body of every error.
 */
export interface Problem {
  /** What to do next, for a program. */
  action: Action;
  /** What went wrong, for a program. */
  code: Code;
  /** What to do next, for a person. */
  detail: string;
  /**
     * Messages by the field they concern.
     * @nullable
     */
  errors?: ProblemErrors;
  /** The request's id, also in the log. */
  request_id: string;
  /**
     * The status.
     * @minimum 0
     */
  status: number;
  /** The status in words. */
  title: string;
  /** Always `about:blank`: `code` tells problems apart. */
  type: string;
}

/**
 * Whether requests should be sent here, and why not.
 */
export interface Ready {
  checks: Checks;
  /** `ready`, `not_ready` or `stopping`. */
  status: string;
}

/**
 * What a native client refreshes with.
 */
export interface RefreshToken {
  /**
     * The newest refresh token. Web clients send it as a cookie and leave the body empty.
     * @nullable
     */
  refresh_token?: string | null;
}

/**
 * A new account.
 */
export interface Registration {
  /**
     * In any case; kept in lower case.
     * @maxLength 254
     */
  email: string;
  /**
     * Any characters; not a common password, and not with the name of the address in it. Where mail can
     * be sent an administrator may leave it out: the owner then chooses one by a link that is mailed.
     * @minLength 8
     * @maxLength 128
     * @nullable
     */
  password?: string | null;
}

/**
 * A new password, and the proof that allows it: `flow` and `code`, or `token` alone.
 */
export interface Reset {
  /**
     * The code from the mail; blanks and hyphens do not count.
     * @nullable
     */
  code?: string | null;
  /**
     * The flow that the code was sent for.
     * @nullable
     */
  flow?: string | null;
  /**
     * As at registration.
     * @minLength 8
     * @maxLength 128
     */
  password: string;
  /**
     * What stands behind the `#` of the link, also of an invitation's.
     * @nullable
     */
  token?: string | null;
}

/**
 * A device that is signed in.
 */
export interface Session {
  client_type: ClientType;
  created_at: string;
  /** What a person recognises it by. */
  device_name: string;
  /** When it ends unless it is refreshed before. */
  expires_at: string;
  id: string;
  /** Where it signed in from. */
  ip: string;
  /** Whether this request belongs to it. */
  is_current: boolean;
  /** To within a minute. */
  last_seen_at: string;
  user_agent: string;
}

/**
 * An account's sessions, newest first.
 */
export interface Sessions {
  items: Session[];
}

/**
 * A flow that goes on with a code or a link from a mail.
 */
export interface StartedFlow {
  /** The seconds that the flow lives. */
  expires_in: number;
  /** Names the flow in what follows. */
  flow: string;
  /** The seconds until another mail can be asked for. */
  resend_in: number;
}

/**
 * What a web client gets; the tokens are in its cookies.
 */
export interface WebTokens {
  /**
     * At sign-in only: the CSRF token to send from now on.
     * @nullable
     */
  csrf_token?: string | null;
  /** The seconds that the access token lives. */
  expires_in: number;
  user: User;
}

/**
 * What a client gets at sign-in and refresh: only a native client's answer has `access_token`.
 */
export type Tokens = NativeTokens | WebTokens;

/**
 * The link and the code of a notice, both of which are needed.
 */
export interface Undo {
  /** The code in the same mail. */
  code: string;
  /** What stands behind the `#` of the link. */
  token: string;
}

/**
 * One page.
 */
export interface UserPage {
  items: User[];
  /**
     * Where the next page starts; `null` on the last one.
     * @nullable
     */
  next_cursor: string | null;
}

/**
 * The proof that a sign-up goes on with: `code` or `token`.
 */
export interface Verification {
  /**
     * The code from the mail; blanks and hyphens do not count.
     * @nullable
     */
  code?: string | null;
  /**
     * What to call this device in the list of sessions; else it is named by its user agent.
     * @maxLength 100
     * @nullable
     * @pattern ^[^\u0000-\u001f\u007f-\u009f]*$
     */
  device_name?: string | null;
  /** The flow that registering started. */
  flow: string;
  /**
     * What stands behind the `#` of the link.
     * @nullable
     */
  token?: string | null;
}

/**
 * `native` from every client that is no web page: tokens are then in bodies, never in cookies.
 */
export type ClientTypeParameter = string;

/**
 * From web pages only: the token of `getCsrfToken` or of the last sign-in.
 */
export type CsrfTokenParameter = string;

export type ListAuditEventsParams = {
/**
 * How many, 20 unless said.
 * @minimum 1
 * @maximum 100
 */
limit?: number;
/**
 * `next_cursor` of the page before.
 */
cursor?: string;
/**
 * Only of this account.
 */
user_id?: number;
/**
 * Only of this kind.
 */
kind?: Kind;
};

export type ListUsersParams = {
/**
 * How many, 20 unless said.
 * @minimum 1
 * @maximum 100
 */
limit?: number;
/**
 * `next_cursor` of the page before.
 */
cursor?: string;
/**
 * Only addresses with this text in them, in any case; of an international domain whole labels.
 * @maxLength 254
 */
email_contains?: string;
/**
 * Only active, or only deactivated accounts.
 */
is_active?: boolean;
/**
 * Only accounts with this role.
 */
role?: Role;
};

type SecondParameter<T extends (...args: never) => unknown> = Parameters<T>[1];


  /**
 * For other services that verify access tokens. Choose the key by the token's `kid`.
 * @summary Get the public keys
 */
export const getPublicKeys = (

 options?: SecondParameter<typeof send<KeySet>>,) => {
      return send<KeySet>(
      {url: `/.well-known/jwks.json`, method: 'GET'
    },
      options);
    }

/**
 * Newest first.
 * @summary List audit events
 */
export const listAuditEvents = (
    params?: ListAuditEventsParams,
 options?: SecondParameter<typeof send<AuditEventPage>>,) => {
      return send<AuditEventPage>(
      {url: `/api/v1/audit-events`, method: 'GET',
        params
    },
      options);
    }

/**
 * Mails a code and a link if the address has an active account. The answer is the same for every
 * address, and takes as long.
 * @summary Ask for a new password
 */
export const forgotPassword = (
    forgotten: Forgotten,
 options?: SecondParameter<typeof send<StartedFlow>>,) => {
      return send<StartedFlow>(
      {url: `/api/v1/auth/forgot`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: forgotten
    },
      options);
    }

/**
 * The answer is the same, and takes as long, for an unknown address, a wrong password and a
 * deactivated account. It marks the device, which others' failed sign-ins then cannot lock out.
 * @summary Sign in
 */
export const logIn = (
    login: Login,
 options?: SecondParameter<typeof send<Tokens>>,) => {
      return send<Tokens>(
      {url: `/api/v1/auth/login`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: login
    },
      options);
    }

/**
 * Ends the session of whichever token is sent, also of one that has expired. Without a live
 * session it does nothing, so it can be repeated.
 * @summary Sign out
 */
export const logOut = (
    refreshTokenNull?: RefreshToken | null,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/logout`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: refreshTokenNull
    },
      options);
    }

/**
 * Each refresh makes a new pair. When its answer gets lost, repeat the request: the same pair is
 * given out again. A token whose successor has been used ends the session.
 * @summary Refresh the tokens
 */
export const refreshTokens = (
    refreshTokenNull?: RefreshToken | null,
 options?: SecondParameter<typeof send<Tokens>>,) => {
      return send<Tokens>(
      {url: `/api/v1/auth/refresh`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: refreshTokenNull
    },
      options);
    }

/**
 * For a sign-up, a reset or a change of address, 60 seconds after the last one. The code of the last mail
 * stays valid too.
 * @summary Ask for another mail
 */
export const resendMail = (
    flow: Flow,
 options?: SecondParameter<typeof send<StartedFlow>>,) => {
      return send<StartedFlow>(
      {url: `/api/v1/auth/resend`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: flow
    },
      options);
    }

/**
 * Ends all sessions of the account and tells its owner by mail. Signs nobody in. Also accepts an
 * invitation.
 * @summary Reset a password
 */
export const resetPassword = (
    reset: Reset,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/reset`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: reset
    },
      options);
    }

/**
 * @summary End all own sessions but this one
 */
export const endOtherSessions = (

 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/sessions`, method: 'DELETE'
    },
      options);
    }

/**
 * @summary List the own sessions
 */
export const listOwnSessions = (

 options?: SecondParameter<typeof send<Sessions>>,) => {
      return send<Sessions>(
      {url: `/api/v1/auth/sessions`, method: 'GET'
    },
      options);
    }

/**
 * Its device is signed out within a second.
 * @summary End one of the own sessions
 */
export const endOwnSession = (
    id: string,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/sessions/${id}`, method: 'DELETE'
    },
      options);
    }

/**
 * Within 72 hours. Ends all sessions, brings back the address that the notice was sent to, and locks the
 * account until its password is reset from there.
 * @summary Undo what a notice tells of
 */
export const undoChange = (
    undo: Undo,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/undo`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: undo
    },
      options);
    }

/**
 * @summary Get what clients may offer
 */
export const getConfig = (

 options?: SecondParameter<typeof send<ClientConfig>>,) => {
      return send<ClientConfig>(
      {url: `/api/v1/config`, method: 'GET'
    },
      options);
    }

/**
 * Sets it as a cookie and returns it, for the page to send as `X-CSRF-Token`. Native clients need
 * none and get no cookie.
 * @summary Get a CSRF token
 */
export const getCsrfToken = (

 options?: SecondParameter<typeof send<CsrfToken>>,) => {
      return send<CsrfToken>(
      {url: `/api/v1/csrf`, method: 'GET'
    },
      options);
    }

/**
 * Newest first.
 * @summary List accounts
 */
export const listUsers = (
    params?: ListUsersParams,
 options?: SecondParameter<typeof send<UserPage>>,) => {
      return send<UserPage>(
      {url: `/api/v1/users`, method: 'GET',
        params
    },
      options);
    }

/**
 * Open to anyone while `SIGNUP_ENABLED` is true, else to administrators: they send their access
 * token, which no other caller needs. Where an account begins with a proof of its address, everybody but
 * administrators gets 202, whether or not the address has an account: `verifySignUp` goes on from there.
 * @summary Register an account
 */
export const registerUser = (
    registration: Registration,
 options?: SecondParameter<typeof send<User | StartedFlow>>,) => {
      return send<User | StartedFlow>(
      {url: `/api/v1/users`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: registration
    },
      options);
    }

/**
 * @summary Get the own account
 */
export const getOwnUser = (

 options?: SecondParameter<typeof send<User>>,) => {
      return send<User>(
      {url: `/api/v1/users/me`, method: 'GET'
    },
      options);
    }

/**
 * Creates the account and signs in.
 * @summary Complete a sign-up
 */
export const verifySignUp = (
    verification: Verification,
 options?: SecondParameter<typeof send<Tokens>>,) => {
      return send<Tokens>(
      {url: `/api/v1/users/verify`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: verification
    },
      options);
    }

/**
 * Ends all its sessions. Its address stays taken, and an administrator can reactivate it.
 * @summary Deactivate an account
 */
export const deactivateUser = (
    id: number,
    deactivationNull?: Deactivation | null,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/users/${id}`, method: 'DELETE',
      headers: {'Content-Type': 'application/json', },
      data: deactivationNull
    },
      options);
    }

/**
 * The own one, or any as an administrator; for others it looks as if it did not exist.
 * @summary Get an account
 */
export const getUser = (
    id: number,
 options?: SecondParameter<typeof send<User>>,) => {
      return send<User>(
      {url: `/api/v1/users/${id}`, method: 'GET'
    },
      options);
    }

/**
 * @summary Change an account
 */
export const updateUser = (
    id: number,
    changes: Changes,
 options?: SecondParameter<typeof send<User>>,) => {
      return send<User>(
      {url: `/api/v1/users/${id}`, method: 'PUT',
      headers: {'Content-Type': 'application/json', },
      data: changes
    },
      options);
    }

/**
 * @summary Withdraw an address that is not proved yet
 */
export const cancelEmailChange = (
    id: number,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/users/${id}/email`, method: 'DELETE'
    },
      options);
    }

/**
 * Gives the own account the address that the code was sent to. The former address is told, and can undo
 * that for 72 hours.
 * @summary Prove an address
 */
export const proveEmail = (
    id: number,
    emailProof: EmailProof,
 options?: SecondParameter<typeof send<User>>,) => {
      return send<User>(
      {url: `/api/v1/users/${id}/email`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: emailProof
    },
      options);
    }

/**
 * Deletes the account, which nobody has used. Its address is free again.
 * @summary Take an invitation back
 */
export const withdrawInvitation = (
    id: number,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/users/${id}/invitation`, method: 'DELETE'
    },
      options);
    }

/**
 * The link in the last mail is of no use any more.
 * @summary Send an invitation again
 */
export const resendInvitation = (
    id: number,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/users/${id}/invitation`, method: 'POST'
    },
      options);
    }

/**
 * @summary End all sessions of an account
 */
export const endUserSessions = (
    id: number,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/users/${id}/sessions`, method: 'DELETE'
    },
      options);
    }

/**
 * @summary List an account's sessions
 */
export const listUserSessions = (
    id: number,
 options?: SecondParameter<typeof send<Sessions>>,) => {
      return send<Sessions>(
      {url: `/api/v1/users/${id}/sessions`, method: 'GET'
    },
      options);
    }

/**
 * Asks nothing else, so that a database outage does not make a supervisor restart the service.
 * @summary Is the process alive?
 */
export const getLive = (

 options?: SecondParameter<typeof send<Live>>,) => {
      return send<Live>(
      {url: `/health/live`, method: 'GET'
    },
      options);
    }

/**
 * Not while the database is away, and not once the service has been told to stop; but while the
 * database is merely busy.
 * @summary Should requests be sent here?
 */
export const getReady = (

 options?: SecondParameter<typeof send<Ready>>,) => {
      return send<Ready>(
      {url: `/health/ready`, method: 'GET'
    },
      options);
    }

export type GetPublicKeysResult = NonNullable<Awaited<ReturnType<typeof getPublicKeys>>>
export type ListAuditEventsResult = NonNullable<Awaited<ReturnType<typeof listAuditEvents>>>
export type ForgotPasswordResult = NonNullable<Awaited<ReturnType<typeof forgotPassword>>>
export type LogInResult = NonNullable<Awaited<ReturnType<typeof logIn>>>
export type LogOutResult = NonNullable<Awaited<ReturnType<typeof logOut>>>
export type RefreshTokensResult = NonNullable<Awaited<ReturnType<typeof refreshTokens>>>
export type ResendMailResult = NonNullable<Awaited<ReturnType<typeof resendMail>>>
export type ResetPasswordResult = NonNullable<Awaited<ReturnType<typeof resetPassword>>>
export type EndOtherSessionsResult = NonNullable<Awaited<ReturnType<typeof endOtherSessions>>>
export type ListOwnSessionsResult = NonNullable<Awaited<ReturnType<typeof listOwnSessions>>>
export type EndOwnSessionResult = NonNullable<Awaited<ReturnType<typeof endOwnSession>>>
export type UndoChangeResult = NonNullable<Awaited<ReturnType<typeof undoChange>>>
export type GetConfigResult = NonNullable<Awaited<ReturnType<typeof getConfig>>>
export type GetCsrfTokenResult = NonNullable<Awaited<ReturnType<typeof getCsrfToken>>>
export type ListUsersResult = NonNullable<Awaited<ReturnType<typeof listUsers>>>
export type RegisterUserResult = NonNullable<Awaited<ReturnType<typeof registerUser>>>
export type GetOwnUserResult = NonNullable<Awaited<ReturnType<typeof getOwnUser>>>
export type VerifySignUpResult = NonNullable<Awaited<ReturnType<typeof verifySignUp>>>
export type DeactivateUserResult = NonNullable<Awaited<ReturnType<typeof deactivateUser>>>
export type GetUserResult = NonNullable<Awaited<ReturnType<typeof getUser>>>
export type UpdateUserResult = NonNullable<Awaited<ReturnType<typeof updateUser>>>
export type CancelEmailChangeResult = NonNullable<Awaited<ReturnType<typeof cancelEmailChange>>>
export type ProveEmailResult = NonNullable<Awaited<ReturnType<typeof proveEmail>>>
export type WithdrawInvitationResult = NonNullable<Awaited<ReturnType<typeof withdrawInvitation>>>
export type ResendInvitationResult = NonNullable<Awaited<ReturnType<typeof resendInvitation>>>
export type EndUserSessionsResult = NonNullable<Awaited<ReturnType<typeof endUserSessions>>>
export type ListUserSessionsResult = NonNullable<Awaited<ReturnType<typeof listUserSessions>>>
export type GetLiveResult = NonNullable<Awaited<ReturnType<typeof getLive>>>
export type GetReadyResult = NonNullable<Awaited<ReturnType<typeof getReady>>>
