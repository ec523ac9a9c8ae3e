export { ActivityScreen as default } from '@/features/shell/account';
