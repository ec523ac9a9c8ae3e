import { Controller, type Control, type FieldPath, type FieldValues } from 'react-hook-form';
import { useTranslation } from 'react-i18next';

import type { en } from '@/i18n/en';
import { PasswordField, TextField } from '@/ui';

type FieldProps<T extends FieldValues> = {
  control: Control<T, unknown, FieldValues>;
  name: FieldPath<T>;
  label: string;
  hint?: string;
};

type FieldMessage = `fields.${keyof typeof en.fields}`;

/** The form's own messages are keys; the server's are sentences already. */
function useMessage() {
  const { t } = useTranslation();
  return (message: string | undefined) => (message?.startsWith('fields.') ? t(message as FieldMessage) : message);
}

export function EmailInput<T extends FieldValues>({
  control,
  name,
  isUsername = false,
  ...words
}: FieldProps<T> & { isUsername?: boolean }) {
  const toMessage = useMessage();
  return (
    <Controller
      control={control as Control<T>}
      name={name}
      render={({ field, fieldState }) => (
        <TextField
          {...words}
          inputRef={field.ref}
          value={field.value}
          onChangeText={field.onChange}
          onBlur={field.onBlur}
          error={toMessage(fieldState.error?.message)}
          isRequired
          inputMode="email"
          autoComplete={isUsername ? 'username' : 'email'}
          textContentType={isUsername ? 'username' : 'emailAddress'}
        />
      )}
    />
  );
}

export function PasswordInput<T extends FieldValues>({
  control,
  name,
  purpose,
  ...words
}: FieldProps<T> & { purpose: 'current' | 'new' }) {
  const toMessage = useMessage();
  return (
    <Controller
      control={control as Control<T>}
      name={name}
      render={({ field, fieldState }) => (
        <PasswordField
          {...words}
          inputRef={field.ref}
          purpose={purpose}
          value={field.value}
          onChangeText={field.onChange}
          onBlur={field.onBlur}
          error={toMessage(fieldState.error?.message)}
          isRequired
        />
      )}
    />
  );
}
