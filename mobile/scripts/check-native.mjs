// Compiles both phone bundles to Hermes bytecode and reads the manifests that a build would carry.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const API_URL = 'https://accounts.example.org';
const env = { ...process.env, CI: '1', EXPO_NO_TELEMETRY: '1', EXPO_NO_GIT_STATUS: '1', EXPO_PUBLIC_API_URL: API_URL };
const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-native-'));
const failures = [];

function expo(args, cwd = process.cwd()) {
  const run = spawnSync(process.execPath, [path.resolve('node_modules/expo/bin/cli'), ...args], {
    cwd,
    env,
    encoding: 'utf8',
  });
  if (run.status !== 0) failures.push(`expo ${args.join(' ')}\n${run.stdout}${run.stderr}`);
  return run.status === 0;
}

function find(root, pattern) {
  return readdirSync(root, { recursive: true }).filter((name) => pattern.test(name)).map((name) => path.join(root, name));
}

for (const platform of ['ios', 'android']) {
  const out = path.join(folder, platform);
  if (!expo(['export', '-p', platform, '-c', '--output-dir', out])) continue;
  const bundles = find(out, /\.hbc$/);
  console.log(`${platform}: ${bundles.length} Hermes bundles`);
  if (bundles.length === 0) failures.push(`${platform} has no bundle`);
}

for (const url of ['', 'http://accounts.example.org']) {
  const run = spawnSync(
    process.execPath,
    ['node_modules/expo/bin/cli', 'export', '-p', 'android', '--output-dir', path.join(folder, 'refused')],
    { env: { ...env, EXPO_PUBLIC_API_URL: url }, encoding: 'utf8' },
  );
  const isRefused = run.status !== 0 && `${run.stdout}${run.stderr}`.includes('needs EXPO_PUBLIC_API_URL');
  if (!isRefused) failures.push(`a release with the service at "${url}" was built:\n${run.stdout}${run.stderr}`);
}
console.log('a release without a service: refused');

// In a copy, since prebuild writes into the project.
const copy = path.join(folder, 'project');
cpSync('.', copy, {
  recursive: true,
  filter: (source) => !/(^|\/)(node_modules|dist|\.expo|test-results)$/.test(source),
});
symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'));
if (expo(['prebuild', '--no-install', '--clean'], copy)) {
  const manifest = readFileSync(path.join(copy, 'android/app/src/main/AndroidManifest.xml'), 'utf8');
  const isGranted = (permission) =>
    new RegExp(`<uses-permission[^>]*${permission}"(?![^>]*tools:node="remove")[^>]*>`).test(manifest);
  for (const permission of ['SYSTEM_ALERT_WINDOW', 'READ_EXTERNAL_STORAGE', 'WRITE_EXTERNAL_STORAGE']) {
    if (isGranted(permission)) failures.push(`the Android app asks for ${permission}`);
  }
  if (!manifest.includes('android:allowBackup="false"')) failures.push('the Android app may be backed up with its tokens');
  const plist = find(path.join(copy, 'ios'), /\/?Info\.plist$/).find((file) => existsSync(file));
  if (!plist) failures.push('the iOS app has no Info.plist');
  else if (readFileSync(plist, 'utf8').includes('NSFaceIDUsageDescription')) failures.push('the iOS app asks for Face ID');
  const entitlements = find(path.join(copy, 'ios'), /\.entitlements$/).map((file) => readFileSync(file, 'utf8')).join();
  for (const domain of ['applinks:accounts.example.org', 'webcredentials:accounts.example.org']) {
    if (!entitlements.includes(domain)) failures.push(`the iOS app is not entitled to ${domain}`);
  }
  console.log('manifests: read');
}

rmSync(folder, { recursive: true });
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;
