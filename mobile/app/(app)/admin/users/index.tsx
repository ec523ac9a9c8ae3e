export { UsersScreen as default } from '@/features/shell/administration';
