import { isTotp, printTotp, readTotp } from './totp';
import { waysOf } from './ways';

test('reads what was typed or pasted', () => {
  expect(['123 456', ' 123-456 ', '１２３４５６', '1234567'].map(readTotp)).toEqual(['123456', '123456', '123456', '123456']);
  expect(isTotp(readTotp('12345'))).toBe(false);
  expect(printTotp('123')).toBe('123');
  expect(printTotp('1234')).toBe('123 4');
});

test('offers the easiest way first, and none that it does not know', () => {
  expect(waysOf(['recovery_code', 'carrier_pigeon', 'totp', 'passkey'], true)).toEqual(['passkey', 'totp', 'recovery_code']);
  expect(waysOf(['passkey', 'totp'], false)).toEqual(['totp']);
});
