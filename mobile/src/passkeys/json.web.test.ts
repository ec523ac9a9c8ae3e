/** For browsers without `toJSON()` and its like: what they do is done here. */
import { readCreationOptions, readRequestOptions, writeCredential } from './json.web';

const bytes = (...values: number[]) => Uint8Array.from(values).buffer;

beforeAll(() => {
  Object.assign(globalThis, { PublicKeyCredential: function PublicKeyCredential() {} });
});

afterAll(() => {
  Reflect.deleteProperty(globalThis, 'PublicKeyCredential');
});

it('reads what a new passkey is to be', () => {
  const options = readCreationOptions({
    rp: { id: 'example.org', name: 'Example' },
    user: { id: '-_8', name: 'ada', displayName: 'Ada' },
    challenge: 'AQI',
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    excludeCredentials: [{ type: 'public-key', id: 'Aw', transports: ['internal'] }],
    attestation: 'none',
  });
  expect(options.attestation).toBe('none');
  expect([...(options.user.id as Uint8Array)]).toEqual([251, 255]);
  expect([...(options.challenge as Uint8Array)]).toEqual([1, 2]);
  expect(options.excludeCredentials).toEqual([{ type: 'public-key', id: Uint8Array.of(3), transports: ['internal'] }]);
});

it('reads what a passkey is asked for', () => {
  const options = readRequestOptions({ rpId: 'example.org', challenge: 'AQI', allowCredentials: [], userVerification: 'required' });
  expect(options).toEqual({
    rpId: 'example.org',
    challenge: Uint8Array.of(1, 2),
    allowCredentials: [],
    userVerification: 'required',
  });
});

it('writes a new passkey', () => {
  const response = {
    clientDataJSON: bytes(1),
    attestationObject: bytes(251, 255),
    getTransports: () => ['internal'],
  };
  const credential = { id: 'Aw', rawId: bytes(3), type: 'public-key', response } as unknown as PublicKeyCredential;
  expect(writeCredential(credential)).toEqual({
    id: 'Aw',
    rawId: 'Aw',
    type: 'public-key',
    response: { clientDataJSON: 'AQ', attestationObject: '-_8', transports: ['internal'] },
  });
});

it('writes what a passkey signed, with and without whose it is', () => {
  const response = { clientDataJSON: bytes(1), authenticatorData: bytes(2), signature: bytes(3), userHandle: bytes(4) };
  const write = (fields: object) =>
    writeCredential({ id: 'Aw', rawId: bytes(3), type: 'public-key', response: fields } as unknown as PublicKeyCredential);
  const signed = { clientDataJSON: 'AQ', authenticatorData: 'Ag', signature: 'Aw' };
  expect(write(response)).toMatchObject({ response: { ...signed, userHandle: 'BA' } });
  expect(write({ ...response, userHandle: null })).toMatchObject({ response: signed });
});
