/** What the service mails, read where it arrives: in the development mailbox or at a real mail server. */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

import { expect } from '@playwright/test';

import type { Service } from './service';

/** The page of the client that a mail links to. */
type LinkedPage = 'verify' | 'reset' | 'confirm-email' | 'invitation' | 'undo';

export type Mail = { subject: string; code: string; link: string };

/** A mail as it arrived. */
type Arrived = { id: string; recipient: string; subject: string; text: string };

export type Post = {
  /** Settings that make the service deliver here. */
  settings: Record<string, string>;
  /** Every mail so far, in any order. */
  list: (service: Service) => Promise<Arrived[]>;
  stop: () => void;
};

/** The mailbox at `/dev/mail`. */
export const mailbox: Post = {
  settings: { SMTP_URL: '' },
  async list({ url }) {
    const answer = await fetch(`${url}/dev/mail/messages`);
    const { items }: { items: Arrived[] } = await answer.json();
    return items;
  },
  stop: () => undefined,
};

/** A mail server in a process of its own, which takes mails over SMTP. */
export async function startMailServer(): Promise<Post> {
  const python = spawnSync('../scripts/ensure-mail-server', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (python.status !== 0) throw new Error('The mail server could not be installed.');
  // It ends with its standard input.
  const server = spawn(python.stdout.trim(), ['../backend/tests/mail_server/server.py'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const arrived: Arrived[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    server.once('exit', (status) => reject(new Error(`The mail server stopped: ${status}`)));
    createInterface(server.stdout).on('line', (line) => {
      const event = JSON.parse(line);
      if (event.event === 'listening') resolve(event.port);
      if (event.event !== 'taken') return;
      for (const recipient of event.recipients) {
        arrived.push({ id: String(arrived.length), recipient, subject: event.subject, text: event.text });
      }
    });
  });
  return {
    settings: { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'Latchkey <accounts@example.com>' },
    list: () => Promise.resolve(arrived),
    stop: () => void server.stdin.end(),
  };
}

/** On a line of its own. */
const CODE = /^ +(\d{4} \d{4})\s*$/m;

/** Reads each mail once. */
export function openPost(post: Post, service: Service) {
  const read = new Set<string>();
  return {
    /** Waits for a mail to somebody that links to a page. */
    async to(recipient: string, page: LinkedPage, subject?: RegExp): Promise<Mail> {
      const link = new RegExp(`${service.url}/${page}#\\S+`);
      let found: Arrived | undefined;
      await expect(async () => {
        const mails = await post.list(service);
        found = mails.find(
          (mail) => mail.recipient === recipient && !read.has(mail.id) && link.test(mail.text) && (subject?.test(mail.subject) ?? true),
        );
        expect(found, `a mail to ${recipient} for /${page}`).toBeTruthy();
      }).toPass({ timeout: 15_000, intervals: [100] });
      const { id = '', text = '', subject: line = '' } = found ?? {};
      read.add(id);
      return { subject: line, code: CODE.exec(text)?.[1] ?? '', link: link.exec(text)?.[0] ?? '' };
    },
  };
}
