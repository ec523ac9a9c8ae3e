import { useEffect } from 'react';
import { Controller, useForm } from 'react-hook-form';

import { renamePasskey, type Passkey } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Form, TextField } from '@/ui';

import { useMessage } from '../forms/fields';
import type { FieldMessage } from '../forms/rules';
import { useSubmission } from '../forms/use-submission';
import { ProblemNotice } from '../problems/problem-notice';
import { reloadFactors } from './queries';

type RenamePasskeyProps = { passkey: Passkey; onDone: () => void };

export function RenamePasskey({ passkey, onDone }: RenamePasskeyProps) {
  const { t } = useTranslation();
  const toMessage = useMessage();
  const form = useForm({ defaultValues: { name: passkey.name } });
  const submission = useSubmission(form, async ({ name }) => {
    await renamePasskey(passkey.id, { name: name.trim() });
    await reloadFactors();
    onDone();
  });
  const { setFocus } = form;
  useEffect(() => setFocus('name'), [setFocus]);
  return (
    <>
      {submission.failure && <ProblemNotice failure={submission.failure} />}
      <Form
        name={t('passkeys.renameOne', { name: passkey.name })}
        onSubmit={submission.onSubmit}
        submit={{ label: t('passkeys.save'), isBusy: submission.isBusy }}
        aside={<Button kind="secondary" label={t('common.cancel')} onPress={onDone} />}
      >
        <Controller
          control={form.control}
          name="name"
          rules={{ validate: (name): FieldMessage | undefined => (name.trim() ? undefined : 'fields.passkeyNameRequired') }}
          render={({ field, fieldState }) => (
            <TextField
              label={t('passkeys.name')}
              inputRef={field.ref}
              value={field.value}
              onChangeText={field.onChange}
              onBlur={field.onBlur}
              error={toMessage(fieldState.error?.message)}
              isRequired
              autoComplete="off"
            />
          )}
        />
      </Form>
    </>
  );
}
