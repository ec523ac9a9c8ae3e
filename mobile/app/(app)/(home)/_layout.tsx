export { Navigator as default } from '@/features/shell/navigator';
