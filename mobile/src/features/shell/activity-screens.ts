/** What happened to one's own account. */
import '@/i18n/activity/add';

export { ActivityScreen } from '../activity/activity-screen';
