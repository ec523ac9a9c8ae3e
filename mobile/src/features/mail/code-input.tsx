import { Controller, type Control, type FieldPath, type FieldValues } from 'react-hook-form';

import { useTranslation } from '@/i18n/use-translation';
import { TextField } from '@/ui';

import type { FieldMessage } from '../forms/rules';
import { isComplete, printCode, readCode } from './code';

type CodeInputProps<T extends FieldValues> = {
  control: Control<T>;
  name: FieldPath<T>;
  /** Called when the last digit was typed or the code pasted or filled in. */
  onComplete?: () => void;
};

/** The eight digits of a mail. Blanks, hyphens and words around them do not count. */
export function CodeInput<T extends FieldValues>({ control, name, onComplete }: CodeInputProps<T>) {
  const { t } = useTranslation();
  const validate = (code: string): FieldMessage | undefined => (isComplete(code) ? undefined : 'fields.codeRequired');
  return (
    <Controller
      control={control}
      name={name}
      rules={{ validate }}
      render={({ field, fieldState }) => {
        const { error } = fieldState;
        const message = error?.message?.startsWith('fields.') ? t(error.message as FieldMessage) : error?.message;
        return (
          <TextField
            label={t('code.label')}
            hint={t('code.hint')}
            inputRef={field.ref}
            value={printCode(field.value)}
            onChangeText={(typed) => {
              const code = readCode(typed);
              field.onChange(code);
              if (isComplete(code) && code !== field.value) onComplete?.();
            }}
            onBlur={field.onBlur}
            error={message}
            isRequired
            isCode
            inputMode="numeric"
            autoComplete="one-time-code"
            textContentType="oneTimeCode"
          />
        );
      }}
    />
  );
}
