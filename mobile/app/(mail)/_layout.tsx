export { OpenArea as default } from '@/features/shell/areas';
