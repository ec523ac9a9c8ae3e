import { type ReactNode } from 'react';
import { Modal, StyleSheet, View } from 'react-native';

import { Button } from './button';
import { Text } from './text';
import { radius, space, useTheme } from './theme';

type DialogProps = {
  isOpen: boolean;
  title: string;
  children: ReactNode;
  confirm: { label: string; onPress: () => void; isBusy: boolean; kind?: 'primary' | 'danger' };
  cancelLabel: string;
  onClose: () => void;
};

/** Asks before something that cannot be taken back. */
export function Dialog({ isOpen, title, children, confirm, cancelLabel, onClose }: DialogProps) {
  const { colors } = useTheme();
  return (
    <Modal visible={isOpen} transparent animationType="fade" onRequestClose={onClose} aria-label={title}>
      <View style={[styles.overlay, { backgroundColor: colors.overlay }]}>
        <View style={[styles.box, { backgroundColor: colors.surface, borderColor: colors.line }]}>
          <Text variant="title" level={2}>
            {title}
          </Text>
          {typeof children === 'string' ? <Text tone="muted">{children}</Text> : children}
          <View style={styles.actions}>
            <Button label={cancelLabel} kind="secondary" onPress={onClose} />
            <Button
              label={confirm.label}
              kind={confirm.kind ?? 'danger'}
              isBusy={confirm.isBusy}
              onPress={confirm.onPress}
            />
          </View>
        </View>
      </View>
    </Modal>
  );
}

const styles = StyleSheet.create({
  overlay: { flex: 1, alignItems: 'center', justifyContent: 'center', padding: space.lg },
  box: {
    width: '100%',
    maxWidth: 440,
    gap: space.sm,
    padding: space.lg,
    borderRadius: radius.lg,
    borderWidth: 1,
  },
  actions: {
    flexDirection: 'row',
    flexWrap: 'wrap',
    justifyContent: 'flex-end',
    gap: space.sm,
    paddingTop: space.sm,
  },
});
