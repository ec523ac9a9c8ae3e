/** A sample of every kind of mail in every language, as the service writes them. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Service } from './service';

export type Preview = { locale: string; kind: string; html: string; text: string };

export async function readPreviews(service: Service): Promise<Preview[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-mails-'));
  try {
    await service.previewMails(folder);
    const read = async (locale: string, name: string) => {
      const kind = path.basename(name, '.html');
      const [html = '', text = ''] = await Promise.all(
        ['html', 'txt'].map((form) => readFile(path.join(folder, locale, `${kind}.${form}`), 'utf8')),
      );
      return { locale, kind, html, text };
    };
    const all = (await readdir(folder)).sort().map(async (locale) => {
      const names = (await readdir(path.join(folder, locale))).filter((name) => name.endsWith('.html'));
      return Promise.all(names.sort().map((name) => read(locale, name)));
    });
    return (await Promise.all(all)).flat();
  } finally {
    await rm(folder, { recursive: true });
  }
}
