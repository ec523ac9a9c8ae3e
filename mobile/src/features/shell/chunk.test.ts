import { createChunk } from './chunk';

it('fetches once, however many ask', async () => {
  const fetchIt = jest.fn(() => Promise.resolve('pages'));
  const chunk = createChunk(fetchIt);
  await Promise.all([chunk.load(), chunk.load()]);
  await chunk.load();
  expect(chunk.current()).toEqual({ phase: 'there', module: 'pages' });
  expect(fetchIt).toHaveBeenCalledTimes(1);
});

it('can be tried again after a failure, and tells whoever looks on', async () => {
  let isThere = false;
  const chunk = createChunk(() => (isThere ? Promise.resolve('pages') : Promise.reject(new Error('gone'))));
  const seen: string[] = [];
  chunk.subscribe(() => seen.push(chunk.current().phase));
  await chunk.load();
  isThere = true;
  await chunk.load();
  expect(seen).toEqual(['loading', 'failed', 'loading', 'there']);
});
