/** Chromium's own virtual authenticator, by the DevTools protocol. */
import type { CDPSession, Page } from '@playwright/test';

type Looks = {
  /** What keeps the passkeys can sync them. */
  isSynced?: boolean;
  /** The person is there, and is who they say. */
  isPresent?: boolean;
};

export class PasskeyDevice {
  /** The ids of the passkeys that a page had it forget. */
  readonly forgotten: string[] = [];
  private readonly devtools: CDPSession;
  private readonly authenticatorId: string;

  private constructor(devtools: CDPSession, authenticatorId: string) {
    this.devtools = devtools;
    this.authenticatorId = authenticatorId;
    devtools.on('WebAuthn.credentialDeleted', ({ credentialId }) => this.forgotten.push(credentialId));
  }

  /** Belongs to the page, and is there as long as it. */
  static async connect(page: Page, { isSynced = false, isPresent = true }: Looks = {}): Promise<PasskeyDevice> {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: isPresent,
        defaultBackupEligibility: isSynced,
        defaultBackupState: isSynced,
      },
    });
    return new PasskeyDevice(devtools, authenticatorId);
  }

  async passkeys() {
    const { credentials } = await this.devtools.send('WebAuthn.getCredentials', { authenticatorId: this.authenticatorId });
    return credentials;
  }

  /** Whether somebody touches it when it asks. */
  async setPresent(isPresent: boolean): Promise<void> {
    await this.devtools.send('WebAuthn.setAutomaticPresenceSimulation', {
      authenticatorId: this.authenticatorId,
      enabled: isPresent,
    });
  }

  /** Puts a copy in place of each passkey, whose counter starts anew. */
  async replaceByClones(): Promise<void> {
    const { authenticatorId } = this;
    for (const credential of await this.passkeys()) {
      await this.devtools.send('WebAuthn.removeCredential', { authenticatorId, credentialId: credential.credentialId });
      await this.devtools.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, signCount: 0 } });
    }
  }

  /** The same passkeys on another page, as if the device were carried there. */
  async copyTo(other: PasskeyDevice): Promise<void> {
    for (const credential of await this.passkeys()) {
      await other.devtools.send('WebAuthn.addCredential', { authenticatorId: other.authenticatorId, credential });
    }
  }
}
