import { useEffect, useState, type ReactNode } from 'react';
import { Controller, useForm, type Control } from 'react-hook-form';
import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import type { Answer, Begin } from '@/passkeys/ceremony';
import { hasPasskeys } from '@/passkeys/support';
import { Button, Form, Notice, space, TextField } from '@/ui';

import { PasswordInput, useMessage } from '../forms/fields';
import type { FieldMessage } from '../forms/rules';
import { UsernameForManagers } from '../forms/username-for-managers';
import { useSubmission } from '../forms/use-submission';
import { ProblemNotice } from '../problems/problem-notice';
import { PasskeyProof } from './passkey-proof';
import { isTotp, printTotp, readTotp } from './totp';
import { waysOf, type TypedWay, type Way } from './ways';

/** One proof, under the name that the service knows it by. */
export type Proof = { password: string } | { totp: string } | { recovery_code: string } | { passkey: Answer };

type FactorFormProps = {
  name: string;
  submit: string;
  /** What the service accepts, by its names. */
  factors: readonly string[];
  /** Whose password it is, for password managers. */
  email?: string | undefined;
  send: (proof: Proof) => Promise<void>;
  /** Begins what a passkey answers; left out where none counts. */
  beginPasskey?: Begin;
  /** Stands above the button. */
  children?: ReactNode;
  /** Stands beside the button. */
  aside?: ReactNode;
};

type Values = Record<TypedWay, string>;

/** Asks for one of the factors that an account has: the easiest first, the others a press away. */
export function FactorForm(props: FactorFormProps) {
  const { t } = useTranslation();
  const { factors, beginPasskey, send, children, aside } = props;
  const ways = waysOf(factors, beginPasskey !== undefined && hasPasskeys());
  const [chosen, setWay] = useState<Way | null>(null);
  const way = chosen ?? ways[0];
  return (
    <View style={styles.form}>
      {way === undefined && (
        <>
          <Notice tone="warning">{t('factor.noWay')}</Notice>
          {aside}
        </>
      )}
      {way === 'passkey' && beginPasskey && (
        <PasskeyProof begin={beginPasskey} send={(passkey) => send({ passkey })} aside={aside}>
          {children}
        </PasskeyProof>
      )}
      {way !== undefined && way !== 'passkey' && <TypedProof key={way} way={way} {...props} />}
      {ways.length > 1 && (
        <View style={styles.others}>
          {ways
            .filter((other) => other !== way)
            .map((other) => (
              <Button key={other} kind="quiet" label={t(`factor.use.${other}`)} onPress={() => setWay(other)} />
            ))}
        </View>
      )}
    </View>
  );
}

function TypedProof({ way, name, submit, email, send, children, aside }: FactorFormProps & { way: TypedWay }) {
  const { t } = useTranslation();
  const form = useForm<Values>({ defaultValues: { password: '', totp: '', recovery_code: '' } });
  const submission = useSubmission(
    form,
    (values) => send({ [way]: values[way].trim() } as Proof),
    {
      invalid_credentials: ['password', 'fields.passwordWrong'],
      second_factor_invalid: [way, 'fields.factorWrong'],
    },
  );
  const { setFocus } = form;
  useEffect(() => setFocus(way), [setFocus, way]);
  return (
    <>
      {submission.failure && <ProblemNotice failure={submission.failure} />}
      <Form name={name} onSubmit={submission.onSubmit} submit={{ label: submit, isBusy: submission.isBusy }} aside={aside}>
        {way === 'password' && email !== undefined && <UsernameForManagers email={email} />}
        {way === 'password' && (
          <PasswordInput control={form.control} name="password" label={t('factor.password')} purpose="current" />
        )}
        {way === 'totp' && <TotpInput control={form.control} onComplete={submission.onSubmit} />}
        {way === 'recovery_code' && <RecoveryCodeInput control={form.control} />}
        {children}
      </Form>
    </>
  );
}

function TotpInput({ control, onComplete }: { control: Control<Values>; onComplete: () => void }) {
  const { t } = useTranslation();
  const toMessage = useMessage();
  return (
    <Controller
      control={control}
      name="totp"
      rules={{ validate: (code): FieldMessage | undefined => (isTotp(code) ? undefined : 'fields.totpRequired') }}
      render={({ field, fieldState }) => (
        <TextField
          label={t('factor.totp')}
          hint={t('factor.totpHint')}
          inputRef={field.ref}
          value={printTotp(field.value)}
          onChangeText={(typed) => {
            const code = readTotp(typed);
            field.onChange(code);
            if (isTotp(code) && code !== field.value) onComplete();
          }}
          onBlur={field.onBlur}
          error={toMessage(fieldState.error?.message)}
          isRequired
          isCode
          inputMode="numeric"
          autoComplete="one-time-code"
          textContentType="oneTimeCode"
        />
      )}
    />
  );
}

function RecoveryCodeInput({ control }: { control: Control<Values> }) {
  const { t } = useTranslation();
  const toMessage = useMessage();
  return (
    <Controller
      control={control}
      name="recovery_code"
      rules={{ validate: (code): FieldMessage | undefined => (code.trim() ? undefined : 'fields.recoveryCodeRequired') }}
      render={({ field, fieldState }) => (
        <TextField
          label={t('factor.recoveryCode')}
          hint={t('factor.recoveryCodeHint')}
          inputRef={field.ref}
          value={field.value}
          onChangeText={field.onChange}
          onBlur={field.onBlur}
          error={toMessage(fieldState.error?.message)}
          isRequired
          isCode
          autoComplete="off"
        />
      )}
    />
  );
}

const styles = StyleSheet.create({
  form: { gap: space.md },
  others: { flexDirection: 'row', flexWrap: 'wrap', gap: space.xs },
});
