import { useRef, type FormEvent } from 'react';
import { StyleSheet, View } from 'react-native';

import { Button } from './button';
import type { FormProps } from './form.native';
import { space } from './theme';

/**
 * A real form element: Enter submits it from any field, and password managers notice. It never
 * leaves the page, and should a script fail, `post` keeps a password out of the address bar.
 */
export function Form({ name, onSubmit, submit, children, aside }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const isInert = Boolean(submit.isBusy || submit.isDisabled);

  function onNativeSubmit(event: FormEvent) {
    event.preventDefault();
    if (!isInert) onSubmit();
  }

  return (
    <form ref={form} method="post" noValidate aria-label={name} onSubmit={onNativeSubmit}>
      <View style={styles.form}>
        {children}
        <View style={styles.actions}>
          <Button {...submit} onPress={() => form.current?.requestSubmit()} />
          {aside}
        </View>
      </View>
      <button type="submit" hidden tabIndex={-1} aria-hidden="true" />
    </form>
  );
}

const styles = StyleSheet.create({
  form: { gap: space.lg },
  actions: { flexDirection: 'row', flexWrap: 'wrap', gap: space.sm },
});
