/** What goes on with a mail. */
import '@/i18n/mail/add';

export { ChangeEmailScreen } from '../mail/change-email-screen';
export { ConfirmEmailScreen } from '../mail/confirm-email-screen';
export { EnrolmentCode } from '../mail/enrolment-code';
export { ForgotScreen } from '../mail/forgot-screen';
export { InvitationScreen } from '../mail/invitation-screen';
export { ResetScreen } from '../mail/reset-screen';
export { UndoScreen } from '../mail/undo-screen';
export { VerifyScreen } from '../mail/verify-screen';
