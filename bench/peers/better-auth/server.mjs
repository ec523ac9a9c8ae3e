// Better Auth on PostgreSQL as its documentation sets it up, one process per core, with the hash that the
// measured service uses.
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { availableParallelism } from 'node:os';

import { hash, verify } from '@node-rs/argon2';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import pg from 'pg';

const port = Number(process.argv[2]);
const origin = `http://127.0.0.1:${port}`;
const cost = { memoryCost: 19456, timeCost: 2, parallelism: 1 };

const options = {
  baseURL: origin,
  secret: 'only for a measurement on this machine, 32 characters or more',
  database: new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 }),
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  emailAndPassword: {
    enabled: true,
    password: {
      hash: (password) => hash(password, cost),
      verify: ({ hash: stored, password }) => verify(stored, password),
    },
  },
};

if (cluster.isPrimary) {
  await (await getMigrations(options)).runMigrations();
  for (let index = 0; index < availableParallelism(); index += 1) cluster.fork();
  process.on('SIGTERM', () => process.exit());
} else {
  const handle = toNodeHandler(betterAuth(options));
  createServer((request, response) => {
    if (request.url === '/live') response.setHeader('Content-Type', 'application/json').end('{"status":"ok"}');
    else handle(request, response);
  }).listen(port, '127.0.0.1');
}
