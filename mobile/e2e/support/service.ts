/** The real service, started for one run with a database of its own, and stopped by its process id. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export type Service = {
  url: string;
  signUp(email: string, password: string): Promise<void>;
  /** On the command line, as an operator makes the first one. */
  createAdmin(email: string, password: string): Promise<void>;
  /** Writes a sample of every kind of mail into a folder, as `en/reset.html` and `en/reset.txt`. */
  previewMails(folder: string): Promise<void>;
  /** Stops it and starts it again on the same port and data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

type Settings = Record<string, string>;

/** npm runs scripts in the folder of package.json. */
const PROJECT = process.cwd();
const READY_WITHIN_MS = 60_000;

function findBinary(): string {
  const candidates = [
    process.env.LATCHKEY_BIN,
    path.join(PROJECT, '../target/debug/latchkey'),
    path.join(PROJECT, '../target/quick/latchkey'),
    path.join(PROJECT, '../target/release/latchkey'),
  ];
  const found = candidates.find((file) => file && existsSync(file));
  if (!found) throw new Error('Build the service first (cargo build), or set LATCHKEY_BIN.');
  return found;
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

export async function startService(settings: Settings = {}): Promise<Service> {
  const binary = findBinary();
  const port = await findFreePort();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'latchkey-e2e-'));
  const url = `http://localhost:${port}`;
  const env = {
    ...process.env,
    BIND_ADDRESS: `127.0.0.1:${port}`,
    LATCHKEY_DATA_DIR: dataDir,
    LATCHKEY_WEB_DIR: path.join(PROJECT, 'dist'),
    RATE_LIMIT_GENERAL_PER_SECOND: '0',
    RATE_LIMIT_AUTH_PER_SECOND: '0',
    RUST_LOG: 'warn',
    // Sign-up then asks for no proof; a file that wants mail says so.
    SMTP_URL: 'off',
    ...settings,
  };

  let child = await launch();
  // A run that crashes must not leave a service behind.
  process.once('exit', () => child.kill('SIGTERM'));

  async function launch(): Promise<ChildProcess> {
    const started = spawn(binary, [], { env, cwd: dataDir, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    started.stdout?.on('data', (chunk) => (log += chunk));
    started.stderr?.on('data', (chunk) => (log += chunk));
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await isReady(url))) {
      if (started.exitCode !== null) throw new Error(`The service stopped at once:\n${log}`);
      if (Date.now() > deadline) throw new Error(`The service did not get ready:\n${log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return started;
  }

  function run(flags: string[], input = ''): Promise<void> {
    return new Promise((resolve, reject) => {
      // One connection is all it needs.
      const pool = { DB_POOL_MAX_SIZE: '1', DB_POOL_MIN_IDLE: '0' };
      const command = execFile(binary, flags, { env: { ...env, ...pool }, cwd: dataDir }, (failure, stdout, stderr) =>
        failure ? reject(new Error(`${failure.message} (${failure.signal ?? failure.code}) ${stdout}${stderr}`)) : resolve(),
      );
      command.stdin?.end(input);
    });
  }

  async function halt(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }

  return {
    url,
    async signUp(email, password) {
      const answer = await fetch(`${url}/api/v1/users`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Client-Type': 'native' },
        body: JSON.stringify({ email, password }),
      });
      if (answer.status !== 201) throw new Error(`Signing ${email} up: ${answer.status} ${await answer.text()}`);
    },
    createAdmin: (email, password) => run(['users', 'create', '--email', email, '--password-stdin', '--admin'], `${password}\n`),
    previewMails: (folder) => run(['mail', 'preview', folder]),
    async restart() {
      await halt();
      child = await launch();
    },
    async stop() {
      await halt();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`)).ok;
  } catch {
    return false;
  }
}
