export { ChangePasswordScreen as default } from '@/features/shell/account';
