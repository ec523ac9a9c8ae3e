import i18next, { type TFunction } from 'i18next';
import { useSyncExternalStore } from 'react';

import type { Language } from './start';

type Translation = { t: TFunction; language: Language };

/** One `t` per language: a new one makes everything that was rendered with the old one stale. */
const translations = new Map<string, Translation>();

function current(): Translation {
  const language = i18next.language as Language;
  let translation = translations.get(language);
  if (!translation) {
    translation = { t: i18next.getFixedT(language), language };
    translations.set(language, translation);
  }
  return translation;
}

function subscribe(listener: () => void): () => void {
  i18next.on('languageChanged', listener);
  return () => i18next.off('languageChanged', listener);
}

export function useTranslation(): Translation {
  return useSyncExternalStore(subscribe, current, current);
}
