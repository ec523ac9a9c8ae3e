import type { Worded } from '../en';
import type { en } from './en';

export const de: Worded<typeof en> = {
  passkeyFailure: {
    cancelled: 'Es wurde kein Passkey verwendet. Der Vorgang wurde abgebrochen, dauerte zu lange, oder auf diesem Gerät ist kein passender Passkey.',
    registered: 'Dieses Gerät hat schon einen Passkey für dein Konto.',
    elsewhere: 'Passkeys dieser Seite funktionieren nur unter {{domain}}. Öffne die Seite dort.',
    unsupported: 'Dieses Gerät kann hier keine Passkeys verwenden. Nötig ist eine Bildschirmsperre, etwa PIN, Fingerabdruck oder Gesicht.',
    unknown: 'Das Gerät hat keinen Passkey geliefert. Versuche es erneut oder wähle einen anderen Weg.',
  },
  passkeyProblem: {
    passkey_invalid: 'Der Passkey wurde nicht angenommen. Versuche es erneut oder wähle einen anderen Weg.',
    passkey_missing: 'Dein Konto hat keinen Passkey mehr. Wähle einen anderen Weg.',
    passkey_taken: 'Dieser Passkey ist schon in Gebrauch.',
    passkey_unknown: 'Zu diesem Passkey gibt es kein Konto mehr. Wähle einen anderen Weg und entferne ihn von deinem Gerät.',
  },
};
