import { Controller, type Control, type FieldPath, type FieldValues } from 'react-hook-form';

import { useTranslation } from '@/i18n/use-translation';
import { usernameOrPasskey } from '@/passkeys/support';
import { PasswordField, TextField } from '@/ui';

import { checkCurrentPassword, checkEmail, checkNewPassword, type FieldMessage } from './rules';

type FieldProps<T extends FieldValues> = {
  control: Control<T>;
  name: FieldPath<T>;
  label: string;
};

/** The form's own messages are keys; the server's are sentences already. */
export function useMessage() {
  const { t } = useTranslation();
  return (message: string | undefined) => (message?.startsWith('fields.') ? t(message as FieldMessage) : message);
}

export function EmailInput<T extends FieldValues>({
  control,
  name,
  label,
  isUsername = false,
  suggestsPasskeys = false,
}: FieldProps<T> & { isUsername?: boolean; suggestsPasskeys?: boolean }) {
  const toMessage = useMessage();
  return (
    <Controller
      control={control}
      name={name}
      rules={{ validate: checkEmail }}
      render={({ field, fieldState }) => (
        <TextField
          label={label}
          inputRef={field.ref}
          value={field.value}
          onChangeText={field.onChange}
          onBlur={field.onBlur}
          error={toMessage(fieldState.error?.message)}
          isRequired
          inputMode="email"
          autoComplete={suggestsPasskeys ? usernameOrPasskey : isUsername ? 'username' : 'email'}
          textContentType={isUsername ? 'username' : 'emailAddress'}
        />
      )}
    />
  );
}

type PasswordInputProps<T extends FieldValues> = FieldProps<T> &
  ({ purpose: 'current' } | { purpose: 'new'; email: string });

export function PasswordInput<T extends FieldValues>(props: PasswordInputProps<T>) {
  const toMessage = useMessage();
  const validate = (value: string) =>
    props.purpose === 'new' ? checkNewPassword(value, props.email) : checkCurrentPassword(value);
  return (
    <Controller
      control={props.control}
      name={props.name}
      rules={{ validate }}
      render={({ field, fieldState }) => (
        <PasswordField
          label={props.label}
          purpose={props.purpose}
          inputRef={field.ref}
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
