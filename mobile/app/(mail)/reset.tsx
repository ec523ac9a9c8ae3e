export { ResetScreen as default } from '@/features/shell/mail';
