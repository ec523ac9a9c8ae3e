import { useId, useRef, type ReactNode } from 'react';
import { StyleSheet, TextInput, View, type TextInputProps } from 'react-native';

import { fontFamily } from './font';
import { useReturnKey } from './form-fields';
import { Icon } from './icon';
import { Text } from './text';
import { radius, space, TOUCH, useTheme } from './theme';

export type TextFieldProps = {
  label: string;
  value: string;
  onChangeText: (value: string) => void;
  onBlur?: () => void;
  error?: string | undefined;
  hint?: string;
  isRequired?: boolean;
  isSecret?: boolean;
  /** Digits that are compared with others, large and of equal width. */
  isCode?: boolean;
  /** The label is read out but not shown. */
  isLabelHidden?: boolean;
  /** Stands inside the frame, after the text. */
  trailing?: ReactNode;
  leading?: ReactNode;
  /** Lets a form put the focus here. */
  inputRef?: (input: TextInput | null) => void;
} & Pick<TextInputProps, 'autoComplete' | 'inputMode' | 'placeholder' | 'textContentType'>;

/**
 * One line of text. Never capitalises, corrects or spell-checks: nothing typed here is prose, and
 * a browser's checker may send a password elsewhere.
 */
export function TextField(props: TextFieldProps) {
  const { label, value, error, hint, isSecret = false, trailing, leading } = props;
  const { colors } = useTheme();
  const input = useRef<TextInput>(null);
  const returnKey = useReturnKey(input);
  const id = useId();
  const describedBy = [error && `${id}error`, hint && `${id}hint`].filter(Boolean).join(' ');
  return (
    <View style={styles.field}>
      {!props.isLabelHidden && (
        <View onStartShouldSetResponder={() => true} onResponderRelease={() => input.current?.focus()}>
          <Text variant="label" id={`${id}label`}>
            {label}
          </Text>
        </View>
      )}
      <View
        style={[
          styles.frame,
          { backgroundColor: colors.surface, borderColor: error ? colors.danger : colors.lineStrong },
        ]}
      >
        {leading}
        <TextInput
          ref={(node) => {
            input.current = node;
            props.inputRef?.(node);
          }}
          value={value}
          onChangeText={props.onChangeText}
          onBlur={props.onBlur}
          aria-label={label}
          aria-invalid={Boolean(error)}
          aria-describedby={describedBy || undefined}
          aria-required={props.isRequired}
          secureTextEntry={isSecret}
          autoCapitalize="none"
          autoCorrect={false}
          spellCheck={false}
          autoComplete={props.autoComplete}
          textContentType={props.textContentType}
          inputMode={props.inputMode}
          placeholder={props.placeholder}
          placeholderTextColor={colors.muted}
          {...returnKey}
          style={[styles.input, props.isCode && styles.code, { color: colors.text }]}
        />
        {trailing}
      </View>
      {hint && (
        <Text variant="small" tone="muted" id={`${id}hint`}>
          {hint}
        </Text>
      )}
      <View aria-live="polite">
        {error && (
          <View style={styles.error}>
            <Icon glyph="alert" size={16} tone="danger" />
            <Text variant="small" tone="danger" id={`${id}error`} style={styles.errorText}>
              {error}
            </Text>
          </View>
        )}
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  field: { gap: 6 },
  frame: {
    minHeight: TOUCH + 4,
    borderWidth: 1,
    borderRadius: radius.md,
    flexDirection: 'row',
    alignItems: 'center',
    overflow: 'hidden',
  },
  input: {
    flex: 1,
    minWidth: 0,
    minHeight: TOUCH + 2,
    paddingHorizontal: space.sm + 2,
    fontFamily,
    fontSize: 16,
    borderRadius: radius.md - 1,
  },
  code: { fontSize: 24, letterSpacing: 4, fontVariant: ['tabular-nums'], minHeight: TOUCH + 10 },
  error: { flexDirection: 'row', gap: 6, alignItems: 'flex-start', paddingTop: 2 },
  errorText: { flex: 1 },
});
