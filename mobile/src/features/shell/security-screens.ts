/** What sets up and shows second factors. */
export { AuthenticatorScreen } from '../security/authenticator-screen';
export { RecoveryCodesScreen } from '../security/recovery-codes-screen';
export { SecurityScreen } from '../security/security-screen';
