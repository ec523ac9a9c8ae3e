export { AdminArea as default } from '@/features/shell/areas';
