import { Link, type Href } from 'expo-router';
import { StyleSheet, View } from 'react-native';

import type { TotpOffer } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { space, Text } from '@/ui';
import { useLinkStyle } from '@/ui/text-link';

import { inGroups } from './groups';
import { HandOverButton } from './hand-over-button';
import { QrCode } from './qr-code';

const SIZE = 216;

/** The three ways into an app: by camera, by link on this device, by hand. */
export function AppOffer({ offer }: { offer: TotpOffer }) {
  const { t } = useTranslation();
  const link = useLinkStyle();
  return (
    <View style={styles.ways}>
      <QrCode svg={offer.qr_svg} label={t('authenticator.qr')} size={SIZE} />
      <View style={styles.words}>
        <Link href={offer.uri as Href} target="_self" style={link}>
          {t('authenticator.open')}
        </Link>
        <View style={styles.secret}>
          <Text variant="label">{t('authenticator.secret')}</Text>
          <Text style={styles.letters}>{inGroups(offer.secret)}</Text>
        </View>
        <HandOverButton text={offer.secret} name={t('authenticator.secret')} />
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  ways: { flexDirection: 'row', flexWrap: 'wrap', alignItems: 'center', gap: space.lg },
  words: { flex: 1, flexBasis: 240, gap: space.md },
  secret: { gap: space.xxs },
  letters: { fontSize: 16, letterSpacing: 1 },
});
