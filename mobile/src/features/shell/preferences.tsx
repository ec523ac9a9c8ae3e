import { StyleSheet, View } from 'react-native';

import { languages, type Language } from '@/i18n/start';
import { useTranslation } from '@/i18n/use-translation';
import { appearances, usePreferences } from '@/preferences/provider';
import { Choices, space } from '@/ui';

/** How it looks and which language it speaks; the same on every device class. */
export function Preferences() {
  const { t } = useTranslation();
  const { appearance, setAppearance, language, setLanguage } = usePreferences();
  return (
    <View role="group" aria-label={t('preferences.title')} style={styles.row}>
      <Choices
        label={t('preferences.theme')}
        choices={appearances.map((value) => ({ value, label: t(`preferences.${value}`) }))}
        value={appearance}
        onChange={setAppearance}
      />
      <Choices
        label={t('preferences.language')}
        choices={Object.entries(languages).map(([value, label]) => ({ value: value as Language, label }))}
        value={language}
        onChange={setLanguage}
      />
    </View>
  );
}

const styles = StyleSheet.create({
  row: { flexDirection: 'row', flexWrap: 'wrap', gap: space.sm },
});
