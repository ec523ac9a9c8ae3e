export { RecoveryCodesScreen as default } from '@/features/shell/factors';
