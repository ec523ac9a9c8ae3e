import { send } from '../client.ts';
export type Role = typeof Role[keyof typeof Role];


export const Role = {
  user: 'user',
  admin: 'admin',
} as const;

export type Kind = typeof Kind[keyof typeof Kind];


export const Kind = {
  registered: 'registered',
  signed_in: 'signed_in',
  sign_in_failed: 'sign_in_failed',
  sign_in_throttled: 'sign_in_throttled',
  refreshed_after_loss: 'refreshed_after_loss',
  refresh_token_reused: 'refresh_token_reused',
  signed_out: 'signed_out',
  sessions_revoked: 'sessions_revoked',
  password_changed: 'password_changed',
  email_changed: 'email_changed',
  role_changed: 'role_changed',
  deactivated: 'deactivated',
  reactivated: 'reactivated',
} as const;

export interface User {
  id: number;
  email: string;
  role: Role;
  is_active: boolean;
  created_at: string;
  updated_at: string;
}

export interface Login {
  email: string;
  password: string;
  /** @nullable */
  device_name?: string | null;
}

export interface Registration {
  email: string;
  password: string;
}

export interface Changes {
  /** @nullable */
  email?: string | null;
  /** @nullable */
  password?: string | null;
  /** @nullable */
  current_password?: string | null;
  role?: Role;
  /** @nullable */
  is_active?: boolean | null;
}

export interface Tokens {
  user: User;
  expires_in: number;
  /** @nullable */
  csrf_token?: string | null;
  /** @nullable */
  access_token?: string | null;
  /** @nullable */
  refresh_token?: string | null;
}

export type SessionClientType = typeof SessionClientType[keyof typeof SessionClientType];


export const SessionClientType = {
  web: 'web',
  native: 'native',
} as const;

export interface Session {
  id: string;
  client_type: SessionClientType;
  device_name: string;
  user_agent: string;
  ip: string;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
  is_current: boolean;
}

export interface Sessions {
  items: Session[];
}

export interface UserPage {
  items: User[];
  /** @nullable */
  next_cursor: string | null;
}

export interface AuditEvent {
  id: number;
  created_at: string;
  kind: Kind;
  /** @nullable */
  user_id: number | null;
  /** @nullable */
  actor_id: number | null;
  /** @nullable */
  session_id: string | null;
  /** @nullable */
  ip: string | null;
  user_agent: string;
  request_id: string;
}

export interface AuditEventPage {
  items: AuditEvent[];
  /** @nullable */
  next_cursor: string | null;
}

export type GetCsrfToken200 = {
  csrf_token: string;
};

export type ListUsersParams = {
limit?: number;
cursor?: string;
email_contains?: string;
is_active?: boolean;
role?: Role;
};

export type ListAuditEventsParams = {
user_id?: number;
kind?: Kind;
limit?: number;
cursor?: string;
};

type SecondParameter<T extends (...args: never) => unknown> = Parameters<T>[1];


  export const getCsrfToken = (

 options?: SecondParameter<typeof send<GetCsrfToken200>>,) => {
      return send<GetCsrfToken200>(
      {url: `/api/v1/csrf`, method: 'GET'
    },
      options);
    }

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

export const listOwnSessions = (

 options?: SecondParameter<typeof send<Sessions>>,) => {
      return send<Sessions>(
      {url: `/api/v1/auth/sessions`, method: 'GET'
    },
      options);
    }

export const endOtherSessions = (

 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/sessions`, method: 'DELETE'
    },
      options);
    }

export const endOwnSession = (
    id: string,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/auth/sessions/${id}`, method: 'DELETE'
    },
      options);
    }

export const registerUser = (
    registration: Registration,
 options?: SecondParameter<typeof send<User>>,) => {
      return send<User>(
      {url: `/api/v1/users`, method: 'POST',
      headers: {'Content-Type': 'application/json', },
      data: registration
    },
      options);
    }

export const listUsers = (
    params?: ListUsersParams,
 options?: SecondParameter<typeof send<UserPage>>,) => {
      return send<UserPage>(
      {url: `/api/v1/users`, method: 'GET',
        params
    },
      options);
    }

export const getOwnUser = (

 options?: SecondParameter<typeof send<User>>,) => {
      return send<User>(
      {url: `/api/v1/users/me`, method: 'GET'
    },
      options);
    }

export const getUser = (
    id: number,
 options?: SecondParameter<typeof send<User>>,) => {
      return send<User>(
      {url: `/api/v1/users/${id}`, method: 'GET'
    },
      options);
    }

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

export const deactivateUser = (
    id: number,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/users/${id}`, method: 'DELETE'
    },
      options);
    }

export const listUserSessions = (
    id: number,
 options?: SecondParameter<typeof send<Sessions>>,) => {
      return send<Sessions>(
      {url: `/api/v1/users/${id}/sessions`, method: 'GET'
    },
      options);
    }

export const endUserSessions = (
    id: number,
 options?: SecondParameter<typeof send<void>>,) => {
      return send<void>(
      {url: `/api/v1/users/${id}/sessions`, method: 'DELETE'
    },
      options);
    }

export const listAuditEvents = (
    params?: ListAuditEventsParams,
 options?: SecondParameter<typeof send<AuditEventPage>>,) => {
      return send<AuditEventPage>(
      {url: `/api/v1/audit-events`, method: 'GET',
        params
    },
      options);
    }

export type GetCsrfTokenResult = NonNullable<Awaited<ReturnType<typeof getCsrfToken>>>
export type LogInResult = NonNullable<Awaited<ReturnType<typeof logIn>>>
export type ListOwnSessionsResult = NonNullable<Awaited<ReturnType<typeof listOwnSessions>>>
export type EndOtherSessionsResult = NonNullable<Awaited<ReturnType<typeof endOtherSessions>>>
export type EndOwnSessionResult = NonNullable<Awaited<ReturnType<typeof endOwnSession>>>
export type RegisterUserResult = NonNullable<Awaited<ReturnType<typeof registerUser>>>
export type ListUsersResult = NonNullable<Awaited<ReturnType<typeof listUsers>>>
export type GetOwnUserResult = NonNullable<Awaited<ReturnType<typeof getOwnUser>>>
export type GetUserResult = NonNullable<Awaited<ReturnType<typeof getUser>>>
export type UpdateUserResult = NonNullable<Awaited<ReturnType<typeof updateUser>>>
export type DeactivateUserResult = NonNullable<Awaited<ReturnType<typeof deactivateUser>>>
export type ListUserSessionsResult = NonNullable<Awaited<ReturnType<typeof listUserSessions>>>
export type EndUserSessionsResult = NonNullable<Awaited<ReturnType<typeof endUserSessions>>>
export type ListAuditEventsResult = NonNullable<Awaited<ReturnType<typeof listAuditEvents>>>
