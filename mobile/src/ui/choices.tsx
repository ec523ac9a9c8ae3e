import { Pressable, StyleSheet, View } from 'react-native';

import { chosen } from './chosen';
import { Text } from './text';
import { radius, space, useTheme } from './theme';

type Choice<T extends string> = { value: T; label: string };

type ChoicesProps<T extends string> = {
  label: string;
  choices: Choice<T>[];
  value: T;
  onChange: (value: T) => void;
};

/** One of a few, all in view. */
export function Choices<T extends string>({ label, choices, value, onChange }: ChoicesProps<T>) {
  const { colors } = useTheme();
  return (
    <View role="group" aria-label={label} style={[styles.group, { backgroundColor: colors.sunken }]}>
      {choices.map((choice) => {
        const isChosen = choice.value === value;
        return (
          <Pressable
            key={choice.value}
            role="button"
            {...chosen(isChosen)}
            aria-label={choice.label}
            onPress={() => onChange(choice.value)}
            style={[styles.choice, isChosen && { backgroundColor: colors.surface, borderColor: colors.line }]}
          >
            <Text variant="label" tone={isChosen ? 'text' : 'muted'} lines={1}>
              {choice.label}
            </Text>
          </Pressable>
        );
      })}
    </View>
  );
}

const styles = StyleSheet.create({
  group: {
    flexDirection: 'row',
    flexWrap: 'wrap',
    alignSelf: 'flex-start',
    padding: 3,
    gap: 2,
    borderRadius: radius.md,
    maxWidth: '100%',
  },
  choice: {
    minHeight: 38,
    justifyContent: 'center',
    paddingHorizontal: space.sm,
    borderRadius: radius.md - 3,
    borderWidth: 1,
    borderColor: 'transparent',
  },
});
