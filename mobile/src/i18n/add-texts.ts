/** Texts of a part of the app that is fetched later; its script brings them along. */
import i18next from 'i18next';

type Texts = Record<'en' | 'de', object>;

export function addTexts(texts: Texts): void {
  const add = () => {
    for (const [language, words] of Object.entries(texts)) i18next.addResourceBundle(language, 'translation', words);
  };
  // On a phone all parts are there before the language is known.
  if (i18next.isInitialized) add();
  else i18next.on('initialized', add);
}
