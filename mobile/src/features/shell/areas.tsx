/** Who may see which part of the app, and where everyone else is led. */
import { Redirect, useGlobalSearchParams, useUnstableGlobalHref, type Href } from 'expo-router';
import { useState } from 'react';

import type { SignedOutReason } from '@/session/engine/machine';
import { safeReturnTo } from '@/session/engine/return-to';
import { useSession } from '@/session/use-session';

import { useMe } from '../account/queries';
import { QueryView } from '../problems/query-view';
import { Navigator } from './navigator';
import { NotFoundPage } from './not-found-screen';
import { RestoreScreen } from './restore-screen';
import { Shell } from './shell';
import { StepUpDialog } from './step-up-dialog';
import { Switch } from './switch';

export function SignedOutArea() {
  const session = useSession();
  const { returnTo } = useGlobalSearchParams<{ returnTo?: string }>();
  if (session.phase === 'restoring') return <RestoreScreen session={session} />;
  if (session.phase === 'signed-in') return <Redirect href={(safeReturnTo(returnTo) ?? '/') as Href} />;
  return <Navigator />;
}

/** Where mailed links lead: whoever holds the link goes on, signed in or not. */
export function OpenArea() {
  const session = useSession();
  return session.phase === 'restoring' ? <RestoreScreen session={session} /> : <Navigator />;
}

/** Built anew for each session: no screen of one person stays for the next. */
export function SignedInArea() {
  const session = useSession();
  if (session.phase === 'restoring') return <RestoreScreen session={session} />;
  if (session.phase === 'signed-out') return <ToSignIn reason={session.reason} />;
  return (
    <Shell key={session.epoch}>
      <Switch />
      <StepUpDialog />
    </Shell>
  );
}

/** Remembers the page that was wanted, with its search and filters, unless it was left on purpose. */
function ToSignIn({ reason }: { reason: SignedOutReason }) {
  const href = useUnstableGlobalHref();
  // Once, since the address changes under this component while it leads away.
  const [returnTo] = useState(() => (reason === 'signed-out' || reason === 'deleted' ? null : safeReturnTo(href)));
  return <Redirect href={{ pathname: '/sign-in', params: returnTo ? { returnTo } : {} }} />;
}

/** To anyone else these pages do not exist; the server sees to it, this only says so. */
export function AdminArea() {
  const me = useMe();
  return <QueryView query={me}>{(user) => (user.role === 'admin' ? <Switch /> : <NotFoundPage />)}</QueryView>;
}
