/** Which languages there are, and which one is spoken first. */
import i18next from 'i18next';

import { de } from './de';
import { en } from './en';

export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

export function startI18n(language: Language): void {
  void i18next.init({
    resources: { en: { translation: en }, de: { translation: de } },
    lng: language,
    fallbackLng: 'en',
    initAsync: false,
    // React escapes what it prints.
    interpolation: { escapeValue: false },
  });
}

/** The first of the device's languages that we speak; a region does not matter. */
export function deviceLanguage(locales: readonly string[]): Language {
  const spoken = locales.map((locale) => locale.split('-')[0] ?? '').find((language) => language in languages);
  return (spoken as Language | undefined) ?? 'en';
}
