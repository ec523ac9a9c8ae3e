/** What only administrators load. */
export { AuditScreen } from '../audit/audit-screen';
export { UserScreen } from '../users/user-screen';
export { UsersScreen } from '../users/users-screen';
