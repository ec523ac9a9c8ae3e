/** Against Node's own Web Locks. */
import { createLock } from './create-lock.web';

const NAME = 'latchkey-session';
const PATIENCE_MS = 100;

/** A tab that was suspended in the middle of its turn. */
async function suspendHolder(): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await new Promise<void>((granted) => {
    navigator.locks
      .request(NAME, () => (granted(), promise))
      .catch(() => undefined);
  });
  return resolve;
}

it('takes the turn of a holder that never ends', async () => {
  const resume = await suspendHolder();
  await expect(createLock(PATIENCE_MS).run(async () => 'done')).resolves.toBe('done');
  resume();
});

it('serves everybody who waits behind such a holder', async () => {
  const resume = await suspendHolder();
  const turns = Array.from({ length: 5 }, (_, index) => createLock(PATIENCE_MS).run(async () => index));
  await expect(Promise.all(turns)).resolves.toEqual([0, 1, 2, 3, 4]);
  resume();
});

it('finishes work whose turn was taken away', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  let hasBegun: () => void = () => undefined;
  const begun = new Promise<void>((done) => (hasBegun = done));
  const slow = createLock(PATIENCE_MS).run(() => (hasBegun(), promise));
  await begun;
  await expect(createLock(PATIENCE_MS).run(async () => 'thief')).resolves.toBe('thief');
  resolve('slow');
  await expect(slow).resolves.toBe('slow');
});

it('hands on a failure, and the turn', async () => {
  const lock = createLock(PATIENCE_MS);
  await expect(lock.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
  await expect(lock.run(async () => 'next')).resolves.toBe('next');
});
