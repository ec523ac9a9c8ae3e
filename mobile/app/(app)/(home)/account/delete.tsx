export { DeleteAccountScreen as default } from '@/features/shell/account';
