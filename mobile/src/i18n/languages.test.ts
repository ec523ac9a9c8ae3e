import ranges from '../../scripts/font-ranges.json';
import { de as accountDe } from './account/de';
import { en as accountEn } from './account/en';
import { de as administrationDe } from './administration/de';
import { en as administrationEn } from './administration/en';
import { de as mainDe } from './de';
import { en as mainEn } from './en';
import { de as mailDe } from './mail/de';
import { en as mailEn } from './mail/en';
import { de as passkeysDe } from './passkeys/de';
import { en as passkeysEn } from './passkeys/en';
import { de as securityDe } from './security/de';
import { en as securityEn } from './security/en';
import { formatAgo } from './dates';
import { deviceLanguage } from './start';

const en = { ...mainEn, ...accountEn, ...administrationEn, ...mailEn, ...passkeysEn, ...securityEn };
const de = { ...mainDe, ...accountDe, ...administrationDe, ...mailDe, ...passkeysDe, ...securityDe };

function leaves(tree: object, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value] as [string, string]] : leaves(value, `${path}${key}.`),
  );
}

const placeholders = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).sort();

it('every language fills in the same facts', () => {
  const german = new Map(leaves(de));
  for (const [key, text] of leaves(en)) {
    expect([key, placeholders(german.get(key) ?? '')]).toEqual([key, placeholders(text)]);
  }
  expect(german.size).toBe(leaves(en).length);
});

it('leaves nothing empty', () => {
  for (const tree of [en, de]) for (const [key, text] of leaves(tree)) expect([key, text.trim()]).not.toEqual([key, '']);
});

it('is written in characters that the web client has a font for', () => {
  const bounds = ranges.map((range) => range.slice('U+'.length).split('-').map((hex) => parseInt(hex, 16)));
  const hasGlyph = (code: number) => bounds.some(([first = 0, last = first]) => first <= code && code <= last);
  for (const tree of [en, de]) {
    for (const [key, text] of leaves(tree)) {
      expect([key, [...text].filter((letter) => !hasGlyph(letter.codePointAt(0) ?? 0))]).toEqual([key, []]);
    }
  }
});

it('picks the first language of the device that there is, or English', () => {
  expect(deviceLanguage(['de-AT'])).toBe('de');
  expect(deviceLanguage(['fr-FR', 'de-CH', 'en-GB'])).toBe('de');
  expect(deviceLanguage(['fr-FR'])).toBe('en');
  expect(deviceLanguage([])).toBe('en');
});

it('tells times as people do', () => {
  const now = new Date('2026-03-10T12:00:00Z');
  expect(formatAgo('2026-03-10T11:57:30Z', 'en', now)).toBe('2 minutes ago');
  expect(formatAgo('2026-03-09T11:00:00Z', 'en', now)).toBe('yesterday');
  expect(formatAgo('2026-03-10T12:00:05Z', 'en', now)).toBe('this minute');
});
