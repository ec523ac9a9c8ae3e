import { scrub, scrubEvent, scrubText } from './scrub';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl';

it('takes tokens, addresses and queries out of any text', () => {
  const text = `GET /users?email=ada%40example.org failed for ada.l+x@example.org with Bearer ${JWT}`;
  const clean = scrubText(text);
  for (const secret of ['ada', 'example.org', JWT, 'eyJ']) expect(clean).not.toContain(secret);
  expect(clean).toContain('GET /users?');
});

it('takes away what follows a hash in an address, and leaves other numbers', () => {
  expect(scrubText('at https://accounts.example.net/reset#token-77?x')).toBe('at https://accounts.example.net/reset#[redacted]');
  expect(scrubText('Minified React error #418; visit the page')).toBe('Minified React error #418; visit the page');
});

it('leaves the name of the release, which looks like an address', () => {
  const event = { release: 'latchkey-client@0.1.0+8b730a0dd0bc', message: 'ada@example.org' };
  expect(scrubEvent(event)).toEqual({ release: event.release, message: '[redacted]' });
  const unnamed: { release?: string; message: string } = { message: 'x' };
  expect(scrubEvent(unnamed)).toEqual({ message: 'x' });
});

it('takes secrets out of a whole report, wherever they hide', () => {
  const report = {
    message: `token ${JWT} was refused`,
    user: { email: 'ada@example.org', id: 7 },
    request: {
      url: 'https://accounts.example.org/devices?returnTo=/x',
      headers: { Authorization: `Bearer ${JWT}`, 'X-CSRF-Token': 'abc' },
      cookies: { refresh_token: JWT },
    },
    extra: { refresh_token: 'opaque', list: [{ password: 'hunter2' }, 'mail ada@example.org'] },
    breadcrumbs: [{ data: { url: `/x?token=${JWT}`, method: 'GET' } }],
  };
  const text = JSON.stringify(scrub(report));
  for (const secret of ['ada@', JWT, 'opaque', 'hunter2', 'abc', 'returnTo']) expect(text).not.toContain(secret);
  expect(text).toContain('"method":"GET"');
  expect(text).toContain('"id":7');
});

it('ends on circular and very deep values', () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  expect(scrub(circle)).toEqual({ self: '[redacted]' });
});

it('leaves the original as it was', () => {
  const original = { password: 'hunter2' };
  scrub(original);
  expect(original.password).toBe('hunter2');
});
