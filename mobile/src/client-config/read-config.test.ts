import { readConfig } from './read-config';

const said = {
  sign_up: true,
  sign_up_domains: ['example.org'],
  email_verification: 'required',
  mail: true,
  mailbox: false,
  passkeys: true,
  second_factor: 'required',
  languages: ['en', 'de'],
  brand: { name: 'Northwind', logo_url: null, accent: '#336699', terms_url: 'https://northwind.example/terms', privacy_url: null, support_url: null },
};

it('keeps what the service says', () => {
  expect(readConfig(said)).toEqual(said);
});

it('takes what is missing or unknown for not offered', () => {
  expect(readConfig({ sign_up: 'yes', email_verification: 'by_letter', brand: { accent: 'red; }', terms_url: 'javascript:alert(1)' } })).toEqual({
    sign_up: false,
    sign_up_domains: [],
    email_verification: 'off',
    mail: false,
    mailbox: false,
    passkeys: false,
    second_factor: 'optional',
    languages: [],
    brand: { name: 'Latchkey', logo_url: null, accent: null, terms_url: null, privacy_url: null, support_url: null },
  });
});

it('takes a stranger’s answer for none', () => {
  for (const body of [null, undefined, 'hello', {}, { status: 'ok' }]) expect(readConfig(body)).toBeNull();
});
