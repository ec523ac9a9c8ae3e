/** Signing in on a phone, against a real HTTP server; only the keychain's chip is a stand-in. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import * as SecureStore from 'expo-secure-store';

import type * as Client from '@/api/client';
import type * as Calls from '@/api/generated/latchkey';
import type * as PlatformTransport from '@/api/platform-transport';

import type * as AppSession from './app-session';
import type * as DeviceToken from './engine/device-token';
import type * as SignIn from './sign-in';

jest.mock('react-native/Libraries/Settings/NativeSettingsManager', () => ({
  __esModule: true,
  default: { getConstants: () => ({ settings: {} }), setValues: () => undefined },
}));

type Seen = { path: string; device: string | undefined };

const chip = new Map<string, string>();
const seen: Seen[] = [];
let mark: string | undefined;
let server: Server;

beforeAll(async () => {
  jest.spyOn(SecureStore, 'getItemAsync').mockImplementation(async (key) => chip.get(key) ?? null);
  jest.spyOn(SecureStore, 'setItemAsync').mockImplementation(async (key, value) => void chip.set(key, value));
  jest.spyOn(SecureStore, 'deleteItemAsync').mockImplementation(async (key) => void chip.delete(key));
  server = createServer((request, response) => {
    request.resume();
    seen.push({ path: request.url ?? '', device: request.headers['x-device-token']?.toString() });
    const isLogin = request.url === '/api/v1/auth/login';
    const isReset = request.url === '/api/v1/auth/reset';
    response.writeHead(isLogin ? 200 : 204, { 'content-type': 'application/json', ...(isReset && { 'x-device-token': 'reset.device' }) });
    const pair = { access_token: 'access', refresh_token: 'refresh', expires_in: 900, user: { id: 1 } };
    response.end(isLogin ? JSON.stringify({ ...pair, device_token: mark }) : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.EXPO_PUBLIC_API_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

// Loading the modules anew takes longer than most tests may.
it('keeps the mark of the device across signing out, and shows it to sign-ins alone', async () => {
  // After the server's address is known, which is read once.
  const { connect, createSend } = jest.requireActual<typeof Client>('@/api/client');
  const { resetPassword } = jest.requireActual<typeof Calls>('@/api/generated/latchkey');
  const { engine, http } = jest.requireActual<typeof AppSession>('./app-session');
  const { transport } = jest.requireActual<typeof PlatformTransport>('@/api/platform-transport');
  const { signIn } = jest.requireActual<typeof SignIn>('./sign-in');
  connect(createSend(http, engine, transport));
  await engine.restore();

  mark = 'marked.device';
  await signIn('ada@example.org', 'a password');
  await engine.signOut();
  expect(Object.fromEntries(chip)).toEqual({ 'latchkey.device-token': 'marked.device' });
  mark = undefined;
  await signIn('ada@example.org', 'a password');
  expect(chip.get('latchkey.device-token')).toBe('marked.device');
  expect(seen).toEqual([
    { path: '/api/v1/auth/login', device: undefined },
    { path: '/api/v1/auth/logout', device: undefined },
    { path: '/api/v1/auth/login', device: 'marked.device' },
  ]);
  // An answer without a body marks by a header.
  await resetPassword({ token: 'of a link', password: 'a password' });
  expect(chip.get('latchkey.device-token')).toBe('reset.device');
}, 60_000);

it('signs in all the same when the mark can be neither read nor kept', async () => {
  const { createDeviceToken } = jest.requireActual<typeof DeviceToken>('./engine/device-token');
  const refuse = () => Promise.reject(new Error('locked'));
  const token = createDeviceToken({ get: refuse, set: refuse });
  expect(await token.headers()).toEqual({});
  await expect(token.keep({ device_token: 'marked.device' })).resolves.toBeUndefined();
});
