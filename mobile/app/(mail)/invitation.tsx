export { InvitationScreen as default } from '@/features/shell/mail';
