export { AuthenticatorScreen as default } from '@/features/shell/factors';
