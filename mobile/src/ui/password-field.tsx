import { useState } from 'react';

import { useTranslation } from '@/i18n/use-translation';

import { IconButton } from './icon-button';
import { TextField, type TextFieldProps } from './text-field';

type PasswordFieldProps = Omit<TextFieldProps, 'isSecret' | 'trailing' | 'autoComplete' | 'textContentType'> & {
  /** Tells a password manager whether to fill in or to suggest. */
  purpose: 'current' | 'new';
};

export function PasswordField({ purpose, ...field }: PasswordFieldProps) {
  const [isShown, setShown] = useState(false);
  const { t } = useTranslation();
  return (
    <TextField
      {...field}
      isSecret={!isShown}
      autoComplete={purpose === 'new' ? 'new-password' : 'current-password'}
      textContentType={purpose === 'new' ? 'newPassword' : 'password'}
      trailing={
        <IconButton
          glyph={isShown ? 'eyeOff' : 'eye'}
          label={isShown ? t('password.hide', { field: field.label }) : t('password.show', { field: field.label })}
          onPress={() => setShown(!isShown)}
        />
      }
    />
  );
}
