/** Who may see which part of the app, and where everyone else is led. */
import { Redirect, useGlobalSearchParams, usePathname, type Href } from 'expo-router';

import { safeReturnTo } from '@/session/return-to';
import { useSession } from '@/session/use-session';

import { useMe } from '../account/queries';
import { QueryView } from '../problems/query-view';
import { Navigator } from './navigator';
import { NotFoundPage } from './not-found-screen';
import { RestoreScreen } from './restore-screen';
import { Shell } from './shell';

export function SignedOutArea() {
  const session = useSession();
  const { returnTo } = useGlobalSearchParams<{ returnTo?: string }>();
  if (session.phase === 'restoring') return <RestoreScreen session={session} />;
  if (session.phase === 'signed-in') return <Redirect href={(safeReturnTo(returnTo) ?? '/') as Href} />;
  return <Navigator />;
}

export function SignedInArea() {
  const session = useSession();
  const pathname = usePathname();
  const params = useGlobalSearchParams<{ user?: string }>();
  if (session.phase === 'restoring') return <RestoreScreen session={session} />;
  if (session.phase === 'signed-out') {
    const left = session.reason === 'signed-out' || session.reason === 'deleted';
    const wanted = params.user ? `${pathname}?user=${encodeURIComponent(params.user)}` : pathname;
    const returnTo = left ? null : safeReturnTo(wanted);
    return <Redirect href={{ pathname: '/sign-in', params: returnTo ? { returnTo } : {} }} />;
  }
  return (
    <Shell>
      <Navigator />
    </Shell>
  );
}

/** To anyone else these pages do not exist; the server sees to it, this only says so. */
export function AdminArea() {
  const me = useMe();
  return <QueryView query={me}>{(user) => (user.role === 'admin' ? <Navigator /> : <NotFoundPage />)}</QueryView>;
}
