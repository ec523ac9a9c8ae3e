export { SignedOutArea as default } from '@/features/shell/areas';
