export { ChangeEmailScreen as default } from '@/features/shell/mail';
