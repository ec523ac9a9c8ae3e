import { StyleSheet, View } from 'react-native';

import type { TrustedDevice } from '@/api/generated/latchkey';
import { formatDate } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Card, Icon, space, Text, useGutter, useTheme, useToast } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { useDistrustDevice } from './queries';

/** The devices on which no second factor is asked for. */
export function TrustedDevices({ devices }: { devices: TrustedDevice[] }) {
  const { t } = useTranslation();
  const toast = useToast();
  const distrust = useDistrustDevice();
  return (
    <Card title={t('security.trusted')} intro={t('security.trustedIntro')} isFlush>
      {distrust.error && <ProblemNotice failure={distrust.error} />}
      <View role="list" aria-label={t('security.trusted')}>
        {devices.map((device) => (
          <DeviceRow
            key={device.id}
            device={device}
            isBusy={distrust.isPending && distrust.variables === device.id}
            onDistrust={() =>
              distrust.mutate(device.id, { onSuccess: () => toast(t('security.distrusted', { name: device.name })) })
            }
          />
        ))}
      </View>
    </Card>
  );
}

type DeviceRowProps = { device: TrustedDevice; isBusy: boolean; onDistrust: () => void };

function DeviceRow({ device, isBusy, onDistrust }: DeviceRowProps) {
  const { t, language } = useTranslation();
  const { colors } = useTheme();
  const gutter = useGutter();
  return (
    <View role="listitem" style={[styles.row, { paddingHorizontal: gutter, borderTopColor: colors.line }]}>
      <Icon glyph="devices" tone="muted" />
      <View style={styles.words}>
        <Text variant="strong">{device.name}</Text>
        {device.trusted_until != null && (
          <Text variant="small" tone="muted">
            {t('security.trustedUntil', { date: formatDate(device.trusted_until, language) })}
          </Text>
        )}
      </View>
      <Button
        kind="secondary"
        label={t('security.distrust')}
        accessibleName={t('security.distrustOne', { name: device.name })}
        isBusy={isBusy}
        onPress={onDistrust}
      />
    </View>
  );
}

const styles = StyleSheet.create({
  row: {
    flexDirection: 'row',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: space.md,
    paddingVertical: space.md,
    borderTopWidth: 1,
  },
  words: { flexGrow: 1, flexBasis: 160, minWidth: 0 },
});
