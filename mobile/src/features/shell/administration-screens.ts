/** What only administrators load. */
import '@/i18n/administration/add';

export { AuditScreen } from '../audit/audit-screen';
export { InviteScreen } from '../users/invite-screen';
export { UserScreen } from '../users/user-screen';
export { UsersScreen } from '../users/users-screen';
