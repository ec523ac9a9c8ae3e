import type { ReactNode } from 'react';
import { StyleSheet, View } from 'react-native';

import { Button, type ButtonProps } from './button';
import { FormFieldsContext, useFormFields } from './form-fields';
import { space } from './theme';

export type FormProps = {
  /** What the form is for; its accessible name. */
  name: string;
  onSubmit: () => void;
  submit: Pick<ButtonProps, 'label' | 'kind' | 'isBusy' | 'isDisabled' | 'icon' | 'isWide'>;
  children: ReactNode;
  /** Stands beside the submit button. */
  aside?: ReactNode;
};

export function Form({ name, onSubmit, submit, children, aside }: FormProps) {
  const isInert = Boolean(submit.isBusy || submit.isDisabled);
  const fields = useFormFields(() => {
    if (!isInert) onSubmit();
  });
  return (
    <View aria-label={name} style={styles.form}>
      <FormFieldsContext value={fields}>{children}</FormFieldsContext>
      <View style={styles.actions}>
        <Button {...submit} onPress={onSubmit} />
        {aside}
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  form: { gap: space.lg },
  actions: { flexDirection: 'row', flexWrap: 'wrap', gap: space.sm },
});
