import { send } from '../client.ts';
/**
 * The passkeys that an account has, for `signalAllAcceptedCredentials` (WebAuthn Level 3, §5.1.10):
 * devices hide those that are not in the list.
 */
export interface AcceptedPasskeys {
  /** The ids of its passkeys, in base64url. */
  allAcceptedCredentialIds: string[];
  /** The domain that they belong to. */
  rpId: string;
  /** The account's handle, in base64url. */
  userId: string;
}

/**
 * What the client should do next. It discards its session on `reauth` and on nothing else.
 */
export type Action = typeof Action[keyof typeof Action];


export const Action = {
  retry: 'retry',
  refresh: 'refresh',
  csrf: 'csrf',
  reauth: 'reauth',
  wait: 'wait',
  second_factor: 'second_factor',
  step_up: 'step_up',
  fix: 'fix',
} as const;

/**
 * Who did something, as the account's owner is told.
 */
export type Actor = typeof Actor[keyof typeof Actor];


export const Actor = {
  you: 'you',
  administrator: 'administrator',
  nobody: 'nobody',
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
  second_factor_on: 'second_factor_on',
  second_factor_off: 'second_factor_off',
  enrolment_code_made: 'enrolment_code_made',
  second_factor_failed: 'second_factor_failed',
  stepped_up: 'stepped_up',
  totp_added: 'totp_added',
  totp_removed: 'totp_removed',
  recovery_codes_made: 'recovery_codes_made',
  recovery_code_used: 'recovery_code_used',
  device_trusted: 'device_trusted',
  device_distrusted: 'device_distrusted',
  factors_reset_started: 'factors_reset_started',
  factors_reset_cancelled: 'factors_reset_cancelled',
  factors_reset: 'factors_reset',
  passkey_added: 'passkey_added',
  passkey_removed: 'passkey_removed',
  passkey_counter_stalled: 'passkey_counter_stalled',
  password_removed: 'password_removed',
  unknown: 'unknown',
} as const;

/**
 * Something that happened to your account.
 */
export interface Activity {
  /** Who did it. */
  actor: Actor;
  /**
     * The browser, of those that are known.
     * @nullable
     */
  browser: string | null;
  created_at: string;
  id: number;
  /**
     * The client's address; `null` if an administrator did it, and on the command line.
     * @nullable
     */
  ip: string | null;
  kind: Kind;
  /**
     * The session that it concerns; `null` if an administrator did it.
     * @nullable
     */
  session_id: string | null;
  /**
     * The system, of those that are known.
     * @nullable
     */
  system: string | null;
}

/**
 * One page.
 */
export interface ActivityPage {
  items: Activity[];
  /**
     * Pass it as `cursor` to get the next page; `null` on the last page.
     * @nullable
     */
  next_cursor: string | null;
}

/**
 * An event in the history of an account.
 */
export interface AuditEvent {
  /**
     * Who did it; `null` if not signed in, and on the command line.
     * @nullable
     */
  actor_id: number | null;
  created_at: string;
  id: number;
  /**
     * The client's address; `null` on the command line.
     * @nullable
     */
  ip: string | null;
  kind: Kind;
  /** The id of the request, to find it in the log. */
  request_id: string;
  /** @nullable */
  session_id: string | null;
  user_agent: string;
  /**
     * The affected account; `null` if the address is unknown.
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
     * Pass it as `cursor` to get the next page; `null` on the last page.
     * @nullable
     */
  next_cursor: string | null;
}

/**
 * Why a mail came back.
 */
export type BounceKind = typeof BounceKind[keyof typeof BounceKind];


export const BounceKind = {
  hard: 'hard',
  soft: 'soft',
  complaint: 'complaint',
} as const;

/**
 * A mail came back.
 */
export interface Bounce {
  /**
     * Whom it was for.
     * @maxLength 254
     */
  address: string;
  /** When it came back. */
  at: string;
  kind: BounceKind;
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
 * A role. Every access token contains it.
 */
export type Role = typeof Role[keyof typeof Role];


export const Role = {
  user: 'user',
  admin: 'admin',
  unknown: 'unknown',
} as const;

/**
 * The changes to make. Fields that are left out do not change.
 */
export interface Changes {
  /**
     * Required to change your own address or password, and to deactivate your own account.
     * @nullable
     */
  current_password?: string | null;
  /**
     * In upper or lower case; stored in lower case, with its domain in ASCII.
     * @maxLength 254
     * @nullable
     */
  email?: string | null;
  /**
     * Administrators only. `false` ends the sessions of the account.
     * @nullable
     */
  is_active?: boolean | null;
  /**
     * The rules of registration apply. Ends the other sessions of the account.
     * @minLength 8
     * @maxLength 128
     * @nullable
     */
  password?: string | null;
  role?: Role | null;
}

/**
 * The dependencies of the service; each is `ok` or names the problem.
 */
export interface Checks {
  /** `ok` or `unavailable`. */
  database: string;
  /**
     * Only with `REDIS_URL`: `ok` while all instances count requests together; `local` while each
     * counts on its own because Redis is unreachable or slow. The service is ready in both cases.
     * @nullable
     */
  limits?: string | null;
  /**
     * Only while mail is on: `ok`, or `stuck` while mails wait for more than 5 minutes and none gets
     * through. The service is ready all the same.
     * @nullable
     */
  mail?: string | null;
  /**
     * Only with `DATABASE_REPLICA_URL`: `ok`; `behind` while the replica is not used because it
     * lacks a write or is more than 10 s old; or `unavailable`. The primary answers meanwhile.
     * @nullable
     */
  replica?: string | null;
  /**
     * An upper bound in seconds of the replica's lag, unless it is unavailable.
     * @nullable
     */
  replica_lag_seconds?: number | null;
  /**
     * `ok` while this instance is notified of sessions that others end; `looking` while it finds
     * them only by polling twice a second; `unknown` if neither has worked for 3 s. The service is
     * ready in each case.
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
 * Who needs a second factor.
 */
export type SecondFactorPolicy = typeof SecondFactorPolicy[keyof typeof SecondFactorPolicy];


export const SecondFactorPolicy = {
  optional: 'optional',
  administrators: 'administrators',
  required: 'required',
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
  /** Whether browsers can use passkeys here. */
  passkeys: boolean;
  /** Who needs a second factor. */
  second_factor: SecondFactorPolicy;
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
 * What went wrong, for programs.
 */
export type Code = typeof Code[keyof typeof Code];


export const Code = {
  invalid_credentials: 'invalid_credentials',
  second_factor_required: 'second_factor_required',
  enrolment_required: 'enrolment_required',
  second_factor_invalid: 'second_factor_invalid',
  flow_expired: 'flow_expired',
  passkey_invalid: 'passkey_invalid',
  passkey_unknown: 'passkey_unknown',
  passkey_taken: 'passkey_taken',
  passkey_missing: 'passkey_missing',
  step_up_required: 'step_up_required',
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
  last_method: 'last_method',
  second_factor_conflict: 'second_factor_conflict',
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
  /** 64 characters; valid until the browser is closed. */
  csrf_token: string;
}

/**
 * The body of a deactivation.
 */
export interface Deactivation {
  /**
     * Required to deactivate your own account; administrators leave it out for other accounts.
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
 * An enrolment that is under way.
 */
export interface Enrolment {
  /** The flow of `enrolment_required`. */
  flow: string;
}

/**
 * The first code of an app, within a sign-in.
 */
export interface EnrolmentConfirmation {
  /** Six digits; blanks and hyphens do not count. */
  code: string;
  /** The flow of `enrolment_required`. */
  flow: string;
}

/**
 * A mail that is on its way.
 */
export interface EnrolmentMail {
  /** The seconds that the code lives at most. */
  expires_in: number;
  /** The seconds until another mail can be asked for. */
  resend_in: number;
}

/**
 * The code of an enrolment.
 */
export interface EnrolmentProof {
  /** The code from the mail, or of whoever runs the service; blanks and hyphens do not count. */
  code: string;
  /** The flow of `enrolment_required`. */
  flow: string;
}

/**
 * What a client can offer to its user.
 */
export type Factor = typeof Factor[keyof typeof Factor];


export const Factor = {
  password: 'password',
  totp: 'totp',
  passkey: 'passkey',
  recovery_code: 'recovery_code',
  enrolment_code: 'enrolment_code',
} as const;

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
  /** Empty while access tokens are signed with a secret. */
  keys: KeySetKeysItem[];
}

/**
 * The process runs.
 */
export interface Live {
  status: string;
}

/**
 * A sign-in.
 */
export interface Login {
  /**
     * The name of this device in the list of sessions; derived from the user agent by default.
     * @maxLength 100
     * @nullable
     * @pattern ^[^\u0000-\u001f\u007f-\u009f]*$
     */
  device_name?: string | null;
  /**
     * The email address, in upper or lower case.
     * @maxLength 254
     */
  email: string;
  /**
     * The password as typed.
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
  /**
     * When the factors are removed, once an administrator has begun that; null otherwise.
     * @nullable
     */
  factors_reset_at?: string | null;
  /** Never reused, even after deactivation. */
  id: number;
  /**
     * When an administrator made the account, while nobody has accepted the invitation.
     * @nullable
     */
  invited_at?: string | null;
  /** Whether the account can sign in. */
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
  /**
     * Since when a second factor is needed to sign in; null while none is.
     * @nullable
     */
  second_factor_at?: string | null;
  /** When the account last changed. */
  updated_at: string;
}

/**
 * The response to a native client.
 */
export interface NativeTokens {
  /** For the `Authorization: Bearer` header. */
  access_token: string;
  /**
     * Only at sign-in: send it as `X-Device-Token` at the next sign-in. Keep it when the session
     * ends.
     * @nullable
     */
  device_token?: string | null;
  /** The lifetime of the access token in seconds. */
  expires_in: number;
  /**
     * Only where a second factor was set up on the way: each works once, and they are never shown again.
     * @nullable
     */
  recovery_codes?: string[] | null;
  /** The lifetime of the refresh token in seconds. */
  refresh_expires_in: number;
  /** For the next refresh; at most 512 bytes. */
  refresh_token: string;
  /** `Bearer`. */
  token_type: string;
  user: User;
}

/**
 * A new passkey.
 */
export interface NewPasskey {
  /** The `PublicKeyCredential` as its `toJSON()` makes it. */
  credential: unknown;
  /** The flow of the options. */
  flow: string;
  /**
     * What to call it; what keeps it by default.
     * @maxLength 60
     * @nullable
     */
  name?: string | null;
}

/**
 * A passkey as its owner sees it.
 */
export interface Passkey {
  /**
     * When its counter last failed to rise: a copy of it may exist.
     * @nullable
     */
  counter_stalled_at?: string | null;
  /** When it was added. */
  created_at: string;
  /** To rename or remove it. */
  id: string;
  /** Whether it is synced, as of its last use. */
  is_backed_up: boolean;
  /** Whether it can be synced to other devices. */
  is_backup_eligible: boolean;
  /**
     * When it was last used.
     * @nullable
     */
  last_used_at?: string | null;
  /** What the owner calls it. */
  name: string;
  /**
     * What keeps it, if it says so and that is known.
     * @nullable
     */
  provider?: string | null;
}

/**
 * An authenticator app.
 */
export interface Totp {
  /** When it was set up. */
  confirmed_at: string;
  /** When one of its codes was used last. */
  last_used_at: string;
}

/**
 * A device on which no second factor is asked for.
 */
export interface TrustedDevice {
  /** To end the trust with. */
  id: string;
  /** When somebody last signed in on it. */
  last_used_at: string;
  /** What its user recognises it by. */
  name: string;
  /**
     * When its user began to trust it.
     * @nullable
     */
  trusted_at?: string | null;
  /**
     * When the trust ends.
     * @nullable
     */
  trusted_until?: string | null;
}

/**
 * The factors of an account, as its owner sees them.
 */
export interface Overview {
  accepted?: AcceptedPasskeys | null;
  /** The passkeys, oldest first. */
  passkeys: Passkey[];
  /** Whether the account has a password. */
  password: boolean;
  /** How many recovery codes are left. */
  recovery_codes_left: number;
  /**
     * When all of it is removed, because an administrator began that; cancel it if you did not ask.
     * @nullable
     */
  reset_pending?: string | null;
  /** Whether signing in takes a second factor. */
  second_factor: boolean;
  totp?: Totp | null;
  /** The devices on which no second factor is asked for. */
  trusted_devices: TrustedDevice[];
}

/**
 * The answer of a passkey.
 */
export interface PasskeyAnswer {
  /** The `PublicKeyCredential` as its `toJSON()` makes it. */
  credential: unknown;
  /** The flow of the options. */
  flow: string;
}

/**
 * The name of a passkey.
 */
export interface PasskeyName {
  /**
     * What to call it.
     * @maxLength 60
     */
  name: string;
}

/**
 * What an authenticator is asked for.
 */
export interface PasskeyOptions {
  /** Send it back with what the authenticator made; worth nothing after five minutes. */
  flow: string;
  /** For `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON` (WebAuthn Level 3). */
  options: unknown;
}

/**
 * What a passkey is asked for.
 */
export interface PasskeyRequest {
  /**
     * The flow of a sign-in or a reset that waits for its second factor. Without it, any passkey of the
     * site signs in.
     * @nullable
     */
  flow?: string | null;
}

/**
 * A sign-in with a passkey.
 */
export interface PasskeySignIn {
  /** The `PublicKeyCredential` as its `toJSON()` makes it. */
  credential: unknown;
  /**
     * The name of this device in the list of sessions; derived from the user agent by default.
     * @maxLength 100
     * @nullable
     * @pattern ^[^\u0000-\u001f\u007f-\u009f]*$
     */
  device_name?: string | null;
  /** The flow of the options. */
  flow: string;
}

/**
 * Error messages by field.
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
     * Error messages by field.
     * @nullable
     */
  errors?: ProblemErrors;
  /**
     * The seconds that the flow lives; only of `second_factor_required` and `enrolment_required`.
     * @nullable
     */
  expires_in?: number | null;
  /**
     * The ways to go on; only of `second_factor_required`, `enrolment_required` and `step_up_required`.
     * @nullable
     */
  factors?: Factor[] | null;
  /**
     * The flow to go on with; only of `second_factor_required` and `enrolment_required`.
     * @nullable
     */
  flow?: string | null;
  /** The request id, which is also in the log. */
  request_id: string;
  /**
     * The status.
     * @minimum 0
     */
  status: number;
  /** The reason phrase of the status. */
  title: string;
  /** Always `about:blank`; `code` identifies the problem. */
  type: string;
}

/**
 * Whether the instance should receive requests, and why not.
 */
export interface Ready {
  checks: Checks;
  /** `ready`, `not_ready` or `stopping`. */
  status: string;
}

/**
 * New recovery codes, or none.
 */
export interface RecoveryCodes {
  /**
     * Each works once, in place of any other second factor. They are never shown again. Null if the
     * account keeps those that it has.
     * @nullable
     */
  recovery_codes?: string[] | null;
}

/**
 * The body of a refresh.
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
     * In upper or lower case; stored in lower case.
     * @maxLength 254
     */
  email: string;
  /**
     * Any characters. Common passwords, and those that contain the name in the address, are
     * refused. If mail is on, an administrator may leave it out: the owner then chooses one with a
     * link sent by mail.
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
     * The flow by which the account's second factor was given to `finishSignIn`.
     * @nullable
     */
  second_factor_flow?: string | null;
  /**
     * What stands behind the `#` of the link, also of an invitation's.
     * @nullable
     */
  token?: string | null;
}

/**
 * One second factor.
 */
export interface SecondFactor {
  /** The flow that the sign-in or the reset was answered with. */
  flow: string;
  passkey?: PasskeyAnswer | null;
  /**
     * A recovery code; case, blanks and hyphens do not count.
     * @nullable
     */
  recovery_code?: string | null;
  /**
     * The code of an authenticator app; blanks and hyphens do not count.
     * @nullable
     */
  totp?: string | null;
  /** Whether to ask for no second factor on this device for 30 days. */
  trust_device?: boolean;
}

/**
 * A session of a signed-in device.
 */
export interface Session {
  client_type: ClientType;
  created_at: string;
  /** What the user recognises it by. */
  device_name: string;
  /** When it expires if it is not refreshed. */
  expires_at: string;
  id: string;
  /** The address it signed in from. */
  ip: string;
  /** Whether it is the session of this request. */
  is_current: boolean;
  /** Accurate to a minute. */
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
 * Whether a second factor is needed.
 */
export interface SetSecondFactor {
  /** Whether signing in takes a second factor. */
  second_factor: boolean;
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
 * One proof of who the user is.
 */
export interface StepUp {
  passkey?: PasskeyAnswer | null;
  /**
     * The password, where no second factor is on.
     * @nullable
     */
  password?: string | null;
  /**
     * A recovery code; case, blanks and hyphens do not count.
     * @nullable
     */
  recovery_code?: string | null;
  /**
     * The code of an authenticator app; blanks and hyphens do not count.
     * @nullable
     */
  totp?: string | null;
}

/**
 * The response to a web client; the tokens are in cookies.
 */
export interface WebTokens {
  /**
     * Only at sign-in: the CSRF token to send from now on.
     * @nullable
     */
  csrf_token?: string | null;
  /** The lifetime of the access token in seconds. */
  expires_in: number;
  /**
     * Only where a second factor was set up on the way: each works once, and they are never shown again.
     * @nullable
     */
  recovery_codes?: string[] | null;
  user: User;
}

/**
 * The response to a sign-in or refresh. Only that of a native client has `access_token`.
 */
export type Tokens = NativeTokens | WebTokens;

/**
 * The first code of an app.
 */
export interface TotpConfirmation {
  /** Six digits; blanks and hyphens do not count. */
  code: string;
}

/**
 * What an authenticator app needs.
 */
export interface TotpOffer {
  /** The same as a QR code, to be scanned by another device. */
  qr_svg: string;
  /** To be typed into the app. */
  secret: string;
  /** To be opened by an app on this device. */
  uri: string;
}

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
     * Pass it as `cursor` to get the next page; `null` on the last page.
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
 * `native` from every client that is not a web page: tokens are then in headers and bodies, never in cookies.
 */
export type ClientTypeParameter = string;

/**
 * From web pages only: the token from `getCsrfToken` or from the last sign-in.
 */
export type CsrfTokenParameter = string;

export type ListAuditEventsParams = {
/**
 * The number of items; 20 by default.
 * @minimum 1
 * @maximum 100
 */
limit?: number;
/**
 * `next_cursor` of the previous page.
 */
cursor?: string;
/**
 * Only events of this account.
 */
user_id?: number;
/**
 * Only events of this kind.
 */
kind?: Kind;
};

export type ListUsersParams = {
/**
 * The number of items; 20 by default.
 * @minimum 1
 * @maximum 100
 */
limit?: number;
/**
 * `next_cursor` of the previous page.
 */
cursor?: string;
/**
 * Only addresses that contain this text, in upper or lower case; of an international domain,
 * whole labels.
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

export type ListOwnEventsParams = {
/**
 * The number of items; 20 by default.
 * @minimum 1
 * @maximum 100
 */
limit?: number;
/**
 * `next_cursor` of the previous page.
 */
cursor?: string;
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
 * Mails a code to the account's address; again after 60 seconds. The code of the last mail stays valid
 * too. Where no mail can be sent, whoever runs the service makes a code with `latchkey users
 * enrolment-code`.
 * @summary Ask for the code of an enrolment
 */
export const sendEnrolmentCode = (
    enrolment: Enrolment,
 options?: SecondParameter<typeof send<EnrolmentMail>>,) => {
      return send<EnrolmentMail>(
      {url: `/api/v1/auth/enrolment/code`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: enrolment
    },
      options);
    }

/**
 * Only where `factors` has `enrolment_code`: a known device needs no code. The flow then lives for another
 * 15 minutes.
 * @summary Prove that the owner of the password asks
 */
export const proveOwner = (
    enrolmentProof: EnrolmentProof,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/enrolment/prove`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: enrolmentProof
    },
      options);
    }

/**
 * @summary Begin to set up an authenticator app within a sign-in
 */
export const beginEnrolment = (
    enrolment: Enrolment,
 options?: SecondParameter<typeof send<TotpOffer>>,) => {
      return send<TotpOffer>(
      {url: `/api/v1/auth/enrolment/totp`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: enrolment
    },
      options);
    }

/**
 * Turns the second factor on, ends the other sessions, and answers with recovery codes besides what a
 * sign-in answers.
 * @summary Use the authenticator app from now on, and sign in
 */
export const finishEnrolment = (
    enrolmentConfirmation: EnrolmentConfirmation,
 options?: SecondParameter<typeof send<Tokens>>,) => {
      return send<Tokens>(
      {url: `/api/v1/auth/enrolment/totp/confirm`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: enrolmentConfirmation
    },
      options);
    }

/**
 * @summary See your factors
 */
export const getFactors = (

 options?: SecondParameter<typeof send<Overview>>,) => {
      return send<Overview>(
      {url: `/api/v1/auth/factors`, method: 'GET'
    },
      options);
    }

/**
 * On needs an authenticator app or a passkey, gives recovery codes, and ends the other sessions. Off needs
 * that no authenticator app is left.
 * @summary Turn the second factor on or off
 */
export const setSecondFactor = (
    setSecondFactorBody: SetSecondFactor,
 options?: SecondParameter<typeof send<RecoveryCodes>>,) => {
      return send<RecoveryCodes>(
      {url: `/api/v1/auth/factors`, method: 'PUT',
      headers: {'Content-Type': 'application/json', },
      data: setSecondFactorBody
    },
      options);
    }

/**
 * Signs in from now on, without a password or a second factor.
 * @summary Add a passkey
 */
export const addPasskey = (
    newPasskey: NewPasskey,
 options?: SecondParameter<typeof send<Passkey>>,) => {
      return send<Passkey>(
      {url: `/api/v1/auth/factors/passkeys`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: newPasskey
    },
      options);
    }

/**
 * @summary Begin to add a passkey
 */
export const beginPasskey = (

 options?: SecondParameter<typeof send<PasskeyOptions>>,) => {
      return send<PasskeyOptions>(
      {url: `/api/v1/auth/factors/passkeys/options`, method: 'POST'
    },
      options);
    }

/**
 * Without another one or an authenticator app the second factor is off, and so are recovery codes and
 * trusted devices.
 * @summary Remove a passkey
 */
export const removePasskey = (
    id: string,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/factors/passkeys/${id}`, method: 'DELETE'
    },
      options);
    }

/**
 * @summary Rename a passkey
 */
export const renamePasskey = (
    id: string,
    passkeyName: PasskeyName,
 options?: SecondParameter<typeof send<Passkey>>,) => {
      return send<Passkey>(
      {url: `/api/v1/auth/factors/passkeys/${id}`, method: 'PUT',
      headers: {'Content-Type': 'application/json', },
      data: passkeyName
    },
      options);
    }

/**
 * The account needs two passkeys, or one and recovery codes. `updateUser` sets a password again. Ends the
 * other sessions.
 * @summary Remove the password
 */
export const removePassword = (

 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/factors/password`, method: 'DELETE'
    },
      options);
    }

/**
 * The former ones stop working.
 * @summary Make new recovery codes
 */
export const renewRecoveryCodes = (

 options?: SecondParameter<typeof send<RecoveryCodes>>,) => {
      return send<RecoveryCodes>(
      {url: `/api/v1/auth/factors/recovery-codes`, method: 'POST'
    },
      options);
    }

/**
 * Without it and without a passkey the second factor is off, and so are recovery codes and trusted
 * devices.
 * @summary Remove the authenticator app
 */
export const removeTotp = (

 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/factors/totp`, method: 'DELETE'
    },
      options);
    }

/**
 * Counts for nothing until `confirmTotp`. An app that is in use stays in use until then.
 * @summary Begin to set up an authenticator app
 */
export const beginTotp = (

 options?: SecondParameter<typeof send<TotpOffer>>,) => {
      return send<TotpOffer>(
      {url: `/api/v1/auth/factors/totp`, method: 'POST'
    },
      options);
    }

/**
 * Turns the second factor on. If it was off, the answer has recovery codes, and the other sessions end.
 * @summary Use the authenticator app from now on
 */
export const confirmTotp = (
    totpConfirmation: TotpConfirmation,
 options?: SecondParameter<typeof send<RecoveryCodes>>,) => {
      return send<RecoveryCodes>(
      {url: `/api/v1/auth/factors/totp/confirm`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: totpConfirmation
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
 * The response is the same, and takes as long, for an unknown address, a wrong password and a
 * deactivated account. A sign-in marks the device as known. Failed sign-ins on other devices
 * cannot lock out a known device.
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
 * Ends the session of the token, even if the token has expired. It does nothing if the session has
 * already ended, so it can be repeated.
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
 * Needs neither a password nor another factor. A passkey that no account has is told apart from one that
 * is refused, so that the client can tell its device: nobody can guess the id of a passkey.
 * @summary Sign in with a passkey
 */
export const signInWithPasskey = (
    passkeySignIn: PasskeySignIn,
 options?: SecondParameter<typeof send<Tokens>>,) => {
      return send<Tokens>(
      {url: `/api/v1/auth/passkey`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: passkeySignIn
    },
      options);
    }

/**
 * Says nothing about accounts. Pages ask when they are loaded, for the browser to offer passkeys in the
 * address field.
 * @summary Ask what a passkey has to sign
 */
export const getPasskeyOptions = (
    passkeyRequestNull?: PasskeyRequest | null,
 options?: SecondParameter<typeof send<PasskeyOptions>>,) => {
      return send<PasskeyOptions>(
      {url: `/api/v1/auth/passkey/options`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: passkeyRequestNull
    },
      options);
    }

/**
 * Each refresh makes a new pair. If the response is lost, repeat the request to get the same pair
 * again. A token whose successor has been used ends the session.
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
 * Ends all sessions of the account and tells its owner by mail. Signs nobody in, but marks the device as
 * known: by a cookie, or by `X-Device-Token` for native clients. Also accepts an invitation. Where a second
 * factor is on, the answer is `second_factor_required` once code or link were right: give it to
 * `finishSignIn`, then send this again with the flow as `second_factor_flow`.
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
 * Five wrong ones end the flow; ten of an account in an hour, or thirty in a day, and none is tried for a
 * while. A flow of a reset is answered 204: send its id as `second_factor_flow` to `resetPassword`.
 * @summary Finish a sign-in with a second factor
 */
export const finishSignIn = (
    secondFactor: SecondFactor,
 options?: SecondParameter<typeof send<Tokens | void>>,) => {
      return send<Tokens | void>(
      {url: `/api/v1/auth/second-factor`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: secondFactor
    },
      options);
    }

/**
 * @summary End all your other sessions
 */
export const endOtherSessions = (

 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/sessions`, method: 'DELETE'
    },
      options);
    }

/**
 * @summary List your own sessions
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
 * @summary End one of your own sessions
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
 * Counts for ten minutes of this session. Then send again what was answered with `step_up_required`.
 * @summary Step up
 */
export const stepUp = (
    stepUpBody: StepUp,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/step-up`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: stepUpBody
    },
      options);
    }

/**
 * @summary Ask what a passkey has to sign to step up
 */
export const getStepUpOptions = (

 options?: SecondParameter<typeof send<PasskeyOptions>>,) => {
      return send<PasskeyOptions>(
      {url: `/api/v1/auth/step-up/options`, method: 'POST'
    },
      options);
    }

/**
 * The next sign-in there asks for a second factor. Its session goes on.
 * @summary Trust a device no longer
 */
export const distrustDevice = (
    id: string,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/trusted-devices/${id}`, method: 'DELETE'
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
 * Sets the token as a cookie and returns it. The page sends it as `X-CSRF-Token`. A browser that
 * has a valid one keeps it, so that the pages of one browser do not outdate each other. Native
 * clients do not need one and get no cookie.
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
 * For the mail provider, or what translates its reports: send `MAIL_BOUNCE_TOKEN` as the bearer token.
 * Administrators and the owner see that the address does not work. It gets no more notices, and one mail
 * a day that somebody asked for.
 * @summary Report a mail that came back
 */
export const reportBounce = (
    bounce: Bounce,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/mail/bounces`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: bounce
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
 * Open to anyone while `SIGNUP_ENABLED` is true. Otherwise only administrators may register
 * accounts, with their access token. If addresses must be verified first, everybody except
 * administrators gets 202, whether or not the address has an account; continue with
 * `verifySignUp`.
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
 * @summary Get your own account
 */
export const getOwnUser = (

 options?: SecondParameter<typeof send<User>>,) => {
      return send<User>(
      {url: `/api/v1/users/me`, method: 'GET'
    },
      options);
    }

/**
 * Newest first.
 * @summary List what happened to your account
 */
export const listOwnEvents = (
    params?: ListOwnEventsParams,
 options?: SecondParameter<typeof send<ActivityPage>>,) => {
      return send<ActivityPage>(
      {url: `/api/v1/users/me/events`, method: 'GET',
        params
    },
      options);
    }

/**
 * Creates the account and signs in. Where `SECOND_FACTOR` asks for one, the answer is `enrolment_required`
 * instead: go on with `beginEnrolment`.
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
 * Ends all its sessions. The address remains taken, and an administrator can reactivate the
 * account.
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
 * Your own, or any account as an administrator. Other accounts are reported as not found.
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
 * They go after 24 hours, in which the owner, who is told by mail, can cancel that. Then all sessions end.
 * Your own are removed on the command line only.
 * @summary Begin to remove an account's factors
 */
export const startFactorReset = (
    id: number,
 options?: SecondParameter<typeof send<User>>,) => {
      return send<User>(
      {url: `/api/v1/users/${id}/factors`, method: 'DELETE'
    },
      options);
    }

/**
 * @summary Cancel the removal of factors
 */
export const cancelFactorReset = (
    id: number,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/users/${id}/factors/reset`, method: 'DELETE'
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
 * Checks nothing else, so that a database outage does not make a supervisor restart the service.
 * @summary Check that the process is alive
 */
export const getLive = (

 options?: SecondParameter<typeof send<Live>>,) => {
      return send<Live>(
      {url: `/health/live`, method: 'GET'
    },
      options);
    }

/**
 * It should not while the database is unreachable or the service is shutting down. A busy database
 * does not matter.
 * @summary Check that the instance should receive requests
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
export type SendEnrolmentCodeResult = NonNullable<Awaited<ReturnType<typeof sendEnrolmentCode>>>
export type ProveOwnerResult = NonNullable<Awaited<ReturnType<typeof proveOwner>>>
export type BeginEnrolmentResult = NonNullable<Awaited<ReturnType<typeof beginEnrolment>>>
export type FinishEnrolmentResult = NonNullable<Awaited<ReturnType<typeof finishEnrolment>>>
export type GetFactorsResult = NonNullable<Awaited<ReturnType<typeof getFactors>>>
export type SetSecondFactorResult = NonNullable<Awaited<ReturnType<typeof setSecondFactor>>>
export type AddPasskeyResult = NonNullable<Awaited<ReturnType<typeof addPasskey>>>
export type BeginPasskeyResult = NonNullable<Awaited<ReturnType<typeof beginPasskey>>>
export type RemovePasskeyResult = NonNullable<Awaited<ReturnType<typeof removePasskey>>>
export type RenamePasskeyResult = NonNullable<Awaited<ReturnType<typeof renamePasskey>>>
export type RemovePasswordResult = NonNullable<Awaited<ReturnType<typeof removePassword>>>
export type RenewRecoveryCodesResult = NonNullable<Awaited<ReturnType<typeof renewRecoveryCodes>>>
export type RemoveTotpResult = NonNullable<Awaited<ReturnType<typeof removeTotp>>>
export type BeginTotpResult = NonNullable<Awaited<ReturnType<typeof beginTotp>>>
export type ConfirmTotpResult = NonNullable<Awaited<ReturnType<typeof confirmTotp>>>
export type ForgotPasswordResult = NonNullable<Awaited<ReturnType<typeof forgotPassword>>>
export type LogInResult = NonNullable<Awaited<ReturnType<typeof logIn>>>
export type LogOutResult = NonNullable<Awaited<ReturnType<typeof logOut>>>
export type SignInWithPasskeyResult = NonNullable<Awaited<ReturnType<typeof signInWithPasskey>>>
export type GetPasskeyOptionsResult = NonNullable<Awaited<ReturnType<typeof getPasskeyOptions>>>
export type RefreshTokensResult = NonNullable<Awaited<ReturnType<typeof refreshTokens>>>
export type ResendMailResult = NonNullable<Awaited<ReturnType<typeof resendMail>>>
export type ResetPasswordResult = NonNullable<Awaited<ReturnType<typeof resetPassword>>>
export type FinishSignInResult = NonNullable<Awaited<ReturnType<typeof finishSignIn>>>
export type EndOtherSessionsResult = NonNullable<Awaited<ReturnType<typeof endOtherSessions>>>
export type ListOwnSessionsResult = NonNullable<Awaited<ReturnType<typeof listOwnSessions>>>
export type EndOwnSessionResult = NonNullable<Awaited<ReturnType<typeof endOwnSession>>>
export type StepUpResult = NonNullable<Awaited<ReturnType<typeof stepUp>>>
export type GetStepUpOptionsResult = NonNullable<Awaited<ReturnType<typeof getStepUpOptions>>>
export type DistrustDeviceResult = NonNullable<Awaited<ReturnType<typeof distrustDevice>>>
export type UndoChangeResult = NonNullable<Awaited<ReturnType<typeof undoChange>>>
export type GetConfigResult = NonNullable<Awaited<ReturnType<typeof getConfig>>>
export type GetCsrfTokenResult = NonNullable<Awaited<ReturnType<typeof getCsrfToken>>>
export type ReportBounceResult = NonNullable<Awaited<ReturnType<typeof reportBounce>>>
export type ListUsersResult = NonNullable<Awaited<ReturnType<typeof listUsers>>>
export type RegisterUserResult = NonNullable<Awaited<ReturnType<typeof registerUser>>>
export type GetOwnUserResult = NonNullable<Awaited<ReturnType<typeof getOwnUser>>>
export type ListOwnEventsResult = NonNullable<Awaited<ReturnType<typeof listOwnEvents>>>
export type VerifySignUpResult = NonNullable<Awaited<ReturnType<typeof verifySignUp>>>
export type DeactivateUserResult = NonNullable<Awaited<ReturnType<typeof deactivateUser>>>
export type GetUserResult = NonNullable<Awaited<ReturnType<typeof getUser>>>
export type UpdateUserResult = NonNullable<Awaited<ReturnType<typeof updateUser>>>
export type CancelEmailChangeResult = NonNullable<Awaited<ReturnType<typeof cancelEmailChange>>>
export type ProveEmailResult = NonNullable<Awaited<ReturnType<typeof proveEmail>>>
export type StartFactorResetResult = NonNullable<Awaited<ReturnType<typeof startFactorReset>>>
export type CancelFactorResetResult = NonNullable<Awaited<ReturnType<typeof cancelFactorReset>>>
export type WithdrawInvitationResult = NonNullable<Awaited<ReturnType<typeof withdrawInvitation>>>
export type ResendInvitationResult = NonNullable<Awaited<ReturnType<typeof resendInvitation>>>
export type EndUserSessionsResult = NonNullable<Awaited<ReturnType<typeof endUserSessions>>>
export type ListUserSessionsResult = NonNullable<Awaited<ReturnType<typeof listUserSessions>>>
export type GetLiveResult = NonNullable<Awaited<ReturnType<typeof getLive>>>
export type GetReadyResult = NonNullable<Awaited<ReturnType<typeof getReady>>>
