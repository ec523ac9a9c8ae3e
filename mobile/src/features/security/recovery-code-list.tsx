import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { Button, Card, Notice, radius, space, Text, useTheme } from '@/ui';
import { useBrandName } from '@/ui/brand-name';

import { HandOverButton } from './hand-over-button';
import { KeepOnPaper } from './keep-on-paper';

type RecoveryCodeListProps = { codes: readonly string[]; email: string; onStored: () => void };

/** Shows new recovery codes, the only time that they can be read. */
export function RecoveryCodeList({ codes, email, onStored }: RecoveryCodeListProps) {
  const { t } = useTranslation();
  const { colors } = useTheme();
  const brand = useBrandName();
  const text = `${t('recoveryCodes.fileHead', { brand, email })}\n\n${codes.join('\n')}\n`;
  return (
    <Card>
      <Notice tone="warning" title={t('recoveryCodes.onceTitle')}>
        {t('recoveryCodes.once')}
      </Notice>
      <View role="list" aria-label={t('recoveryCodes.title')} style={[styles.codes, { backgroundColor: colors.sunken }]}>
        {codes.map((code) => (
          <View key={code} role="listitem" style={styles.item}>
            <Text style={styles.code}>{code}</Text>
          </View>
        ))}
      </View>
      <View style={styles.actions}>
        <HandOverButton text={text} name={t('recoveryCodes.title')} />
        <KeepOnPaper text={text} />
      </View>
      <Button label={t('recoveryCodes.stored')} onPress={onStored} />
    </Card>
  );
}

const styles = StyleSheet.create({
  codes: { flexDirection: 'row', flexWrap: 'wrap', padding: space.md, borderRadius: radius.md, rowGap: space.xs },
  item: { flexBasis: 220, flexGrow: 1 },
  code: { fontSize: 17, letterSpacing: 1, fontVariant: ['tabular-nums'] },
  actions: { flexDirection: 'row', flexWrap: 'wrap', gap: space.sm },
});
