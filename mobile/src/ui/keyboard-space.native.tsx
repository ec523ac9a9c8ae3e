import type { ReactNode } from 'react';
import { KeyboardAvoidingView, StyleSheet } from 'react-native';

/** Ends above the keyboard, so that the field one types in stays in view. */
export const KeyboardSpace = ({ children }: { children: ReactNode }) => (
  <KeyboardAvoidingView behavior="padding" style={styles.space}>
    {children}
  </KeyboardAvoidingView>
);

const styles = StyleSheet.create({ space: { flex: 1 } });
