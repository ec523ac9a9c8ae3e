import { strengthOf } from './password-rules';
import { checkCurrentPassword, checkEmail, checkNewPassword } from './rules';
import { trickyPasswords } from './tricky-passwords';

it.each(['ada@example.org', ' ada@example.org ', "o'neil+x@mail.example.co.uk"])('takes %s for an address', (value) => {
  expect(checkEmail(value)).toBeUndefined();
});

it.each(['ada', 'ada@', '@example.org', 'ada@example', 'a b@example.org', 'ada@@example.org', 'ada@example.'])(
  'does not take %s for an address',
  (value) => {
    expect(checkEmail(value)).toBe('fields.emailInvalid');
  },
);

it('tells an empty and an overlong address apart', () => {
  expect(checkEmail('  ')).toBe('fields.emailRequired');
  expect(checkEmail(`${'a'.repeat(250)}@example.org`)).toBe('fields.emailTooLong');
});

it('asks of an existing password only that it is there', () => {
  expect(checkCurrentPassword('')).toBe('fields.passwordRequired');
  expect(checkCurrentPassword('x')).toBeUndefined();
});

it('counts characters, not bytes or halves of them', () => {
  expect(checkNewPassword('🔑🔑🔑🔑', 'ada@example.org')).toBe('fields.passwordShort');
  expect(checkNewPassword('🔑🗝🔒🔓🚪🏠🛡🧷', 'ada@example.org')).toBeUndefined();
  expect(checkNewPassword('x'.repeat(129), 'ada@example.org')).toBe('fields.passwordLong');
});

it('refuses the name of the address, whatever the case', () => {
  expect(checkNewPassword('My-Adalovelace-1', 'adaLovelace@example.org')).toBe('fields.passwordHasName');
  expect(checkNewPassword('an odd bicycle', 'an@example.org')).toBeUndefined();
});

it.each(trickyPasswords)('judges $what as the server does', ({ name, password, verdict }) => {
  const expected = { taken: undefined, common: undefined, short: 'fields.passwordShort', long: 'fields.passwordLong', name: 'fields.passwordHasName' };
  expect(checkNewPassword(password, `${name}@example.org`)).toBe(expected[verdict]);
});

it.each([
  ['', 'none'],
  ['short1', 'weak'],
  ['password1234567', 'weak'],
  ['ｐａｓｓｗｏｒｄ１２３４５６７', 'weak'],
  ['aaaaaaaaaaaaaaaa', 'weak'],
  ['abcdefghijklmnop', 'weak'],
  ['correct horse battery staple', 'strong'],
])('calls "%s" %s', (password, strength) => {
  expect(strengthOf(password)).toBe(strength);
});
