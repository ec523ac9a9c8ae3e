import { StyleSheet, View } from 'react-native';

import { useClientConfig } from '@/client-config/client-config';
import { useTranslation } from '@/i18n/use-translation';
import { ExternalLink, space } from '@/ui';

/** The operator's own pages, where there are any. */
export function BrandLinks() {
  const { t } = useTranslation();
  const brand = useClientConfig()?.brand;
  const links = [
    { url: brand?.terms_url, label: t('auth.terms') },
    { url: brand?.privacy_url, label: t('auth.privacy') },
    { url: brand?.support_url, label: t('auth.support') },
  ];
  if (links.every(({ url }) => !url)) return null;
  return (
    <View style={styles.row}>
      {links.map(({ url, label }) => url && <ExternalLink key={label} url={url}>{label}</ExternalLink>)}
    </View>
  );
}

const styles = StyleSheet.create({ row: { flexDirection: 'row', flexWrap: 'wrap', columnGap: space.md, rowGap: space.xs } });
