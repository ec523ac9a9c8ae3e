export { AuditScreen as default } from '@/features/shell/administration';
