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
  private readonly page: Page;
  private readonly devtools: CDPSession;
  private readonly authenticatorId: string;

  private constructor(page: Page, devtools: CDPSession, authenticatorId: string) {
    this.page = page;
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
    await page.addInitScript(() => {
      const { credentials } = navigator;
      const get = credentials.get.bind(credentials);
      let asked = 0;
      credentials.get = (options) => {
        if (options?.mediation !== 'conditional') return get(options);
        const own = ++asked;
        Reflect.set(window, 'suggestion', own);
        return get(options).finally(() => {
          if (Reflect.get(window, 'suggestion') === own) Reflect.deleteProperty(window, 'suggestion');
        });
      };
    });
    return new PasskeyDevice(page, devtools, authenticatorId);
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

  /** Waits until the page's field suggests passkeys: a device that is touched earlier signs in by itself. */
  async isSuggested(): Promise<void> {
    await this.page.waitForFunction(() => Reflect.has(window, 'suggestion'));
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
