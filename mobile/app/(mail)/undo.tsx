export { UndoScreen as default } from '@/features/shell/mail';
