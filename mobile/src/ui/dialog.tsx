import { type ReactNode } from 'react';
import { StyleSheet, View } from 'react-native';

import { Button } from './button';
import { Overlay } from './overlay';
import { Text } from './text';
import { space } from './theme';

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
  return (
    <Overlay isOpen={isOpen} title={title} onClose={onClose}>
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
    </Overlay>
  );
}

const styles = StyleSheet.create({
  actions: {
    flexDirection: 'row',
    flexWrap: 'wrap',
    justifyContent: 'flex-end',
    gap: space.sm,
    paddingTop: space.sm,
  },
});
