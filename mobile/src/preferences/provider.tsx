import i18next from 'i18next';
import { createContext, use, useEffect, useState, type ReactNode } from 'react';
import { useColorScheme } from 'react-native';

import { useClientConfig } from '@/client-config/client-config';
import { deviceLanguage, languages, startI18n, type Language } from '@/i18n/start';
import { useTranslation } from '@/i18n/use-translation';
import { withAccent } from '@/ui/accent';
import { BrandNameContext } from '@/ui/brand-name';
import { palettes, ThemeContext } from '@/ui/theme';

import { deviceLocales } from './device-locales';
import { setPageLanguage, setPageScheme } from './page-language';
import { readPreference, writePreference } from './stored';

export const appearances = ['system', 'light', 'dark'] as const;
export type Appearance = (typeof appearances)[number];

type Preferences = {
  appearance: Appearance;
  setAppearance: (appearance: Appearance) => void;
  language: Language;
  setLanguage: (language: Language) => void;
};

const PreferencesContext = createContext<Preferences | null>(null);

export function usePreferences(): Preferences {
  const preferences = use(PreferencesContext);
  if (!preferences) throw new Error('usePreferences needs a PreferencesProvider');
  return preferences;
}

/** Called before the first render, so that nothing is ever shown in the wrong language. */
export function startLanguage(): void {
  const chosen = readPreference('language');
  startI18n(chosen !== null && chosen in languages ? (chosen as Language) : deviceLanguage(deviceLocales()));
}

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const { language } = useTranslation();
  const brand = useClientConfig()?.brand;
  const [appearance, setAppearance] = useState(readAppearance);
  const systemScheme = useColorScheme() === 'dark' ? 'dark' : 'light';
  const scheme = appearance === 'system' ? systemScheme : appearance;

  useEffect(() => setPageScheme(scheme), [scheme]);
  useEffect(() => setPageLanguage(language), [language]);

  const preferences: Preferences = {
    appearance,
    setAppearance: (next) => {
      setAppearance(next);
      writePreference('appearance', next);
    },
    language,
    setLanguage: (next) => {
      void i18next.changeLanguage(next);
      writePreference('language', next);
    },
  };

  return (
    <PreferencesContext value={preferences}>
      <BrandNameContext value={brand?.name ?? 'Latchkey'}>
        <ThemeContext value={{ scheme, colors: withAccent(palettes[scheme], brand?.accent, scheme) }}>{children}</ThemeContext>
      </BrandNameContext>
    </PreferencesContext>
  );
}

function readAppearance(): Appearance {
  const stored = readPreference('appearance');
  return appearances.find((one) => one === stored) ?? 'system';
}
