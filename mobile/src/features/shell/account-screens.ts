/** What people seldom do with their account. */
import '@/i18n/account/add';

export { ChangePasswordScreen } from '../account/change-password-screen';
export { DeleteAccountScreen } from '../account/delete-account-screen';
export { ActivityScreen } from '../activity/activity-screen';
