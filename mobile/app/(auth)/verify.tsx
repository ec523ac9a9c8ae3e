export { VerifyScreen as default } from '@/features/shell/mail';
