export { ConfirmEmailScreen as default } from '@/features/shell/mail';
