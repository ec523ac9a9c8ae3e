/** What the two systems report, in words of this client; only the native half of the library is a stand-in. */
import { createPasskey, getPasskey } from './authenticator.native';

const mockNative = { create: jest.fn(), get: jest.fn() };

jest.mock('expo', () => ({
  ...jest.requireActual<object>('expo'),
  requireOptionalNativeModule: () => ({
    create: (asked: unknown) => mockNative.create(asked),
    get: (asked: unknown) => mockNative.get(asked),
  }),
}));

const options = { rpId: 'example.org', challenge: 'AQ' };

it('hands options and answer through as they are', async () => {
  mockNative.get.mockResolvedValueOnce({ id: 'Aw' });
  await expect(getPasskey(options)).resolves.toEqual({ id: 'Aw' });
  expect(mockNative.get).toHaveBeenCalledWith(options);
});

it.each([
  [{ code: 'Passkey Get', message: 'UserCancelled' }, 'cancelled'],
  [{ code: 'Passkey Get', message: 'NoCredentials' }, 'cancelled'],
  [{ code: 'ERR_USER_CANCELLED', message: 'The operation couldn’t be completed.' }, 'cancelled'],
  [{ code: 'Passkey Get', message: 'NotConfigured' }, 'elsewhere'],
  [{ code: 'ERR_NOT_CONFIGURED', message: 'Your Apple app site association is not properly configured.' }, 'elsewhere'],
  [{ code: 'ERR_BIOMETRIC', message: 'Biometrics must be enabled' }, 'unsupported'],
  [{ code: 'ERR_UNKNOWN', message: 'An unknown exception occured' }, 'unknown'],
])('reads %j', async (failure, reason) => {
  mockNative.get.mockRejectedValueOnce(failure);
  await expect(getPasskey(options)).rejects.toMatchObject({ reason, domain: 'example.org' });
});

it('knows a device that has a passkey already', async () => {
  mockNative.create.mockRejectedValueOnce({ code: 'Passkey Create', message: 'DomError: InvalidStateError - androidx' });
  await expect(createPasskey({ rp: { id: 'example.org' } })).rejects.toMatchObject({ reason: 'registered', domain: 'example.org' });
});
