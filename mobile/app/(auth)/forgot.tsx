export { ForgotScreen as default } from '@/features/shell/mail';
