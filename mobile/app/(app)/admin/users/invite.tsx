export { InviteScreen as default } from '@/features/shell/administration';
