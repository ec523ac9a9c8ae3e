export { SecurityScreen as default } from '@/features/shell/factors';
