import { type ReactNode } from 'react';
import { Modal, StyleSheet, View } from 'react-native';

import { KeyboardSpace } from './keyboard-space';
import { overlayAnimation } from './overlay-animation';
import { Text } from './text';
import { radius, space, useTheme } from './theme';

type OverlayProps = { isOpen: boolean; title: string; children: ReactNode; onClose: () => void };

/** A box above the screen; nothing behind it can be reached. */
export function Overlay({ isOpen, title, children, onClose }: OverlayProps) {
  const { colors } = useTheme();
  return (
    <Modal
      visible={isOpen}
      transparent
      animationType={overlayAnimation()}
      onRequestClose={onClose}
      aria-label={title}
    >
      <KeyboardSpace>
        <View style={[styles.overlay, { backgroundColor: colors.overlay }]}>
          <View style={[styles.box, { backgroundColor: colors.surface, borderColor: colors.line }]}>
            <Text variant="title" level={2}>
              {title}
            </Text>
            {children}
          </View>
        </View>
      </KeyboardSpace>
    </Modal>
  );
}

const styles = StyleSheet.create({
  overlay: { flex: 1, alignItems: 'center', justifyContent: 'center', padding: space.lg },
  box: { width: '100%', maxWidth: 440, gap: space.sm, padding: space.lg, borderRadius: radius.lg, borderWidth: 1 },
});
