export { SignedInArea as default } from '@/features/shell/areas';
