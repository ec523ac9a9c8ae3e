/** What asks for a factor, and what sets factors up. */
import '@/i18n/security/add';

export { EnrolmentStep } from '../factors/enrolment-step';
export { SecondFactorStep } from '../factors/second-factor-step';
export { StepUp } from '../factors/step-up';
export { AuthenticatorScreen } from '../security/authenticator-screen';
export { RecoveryCodesScreen } from '../security/recovery-codes-screen';
export { SecurityScreen } from '../security/security-screen';
