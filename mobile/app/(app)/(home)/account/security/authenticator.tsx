export { AuthenticatorScreen as default } from '@/features/shell/security';
