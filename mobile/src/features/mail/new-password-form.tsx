import { useEffect, useRef } from 'react';
import { useForm, useWatch } from 'react-hook-form';
import { View } from 'react-native';

import { forgetMailedToken } from '@/links/mailed-link';
import { Problem } from '@/session/engine/problem';
import { Form, space } from '@/ui';

import { PasswordInput } from '../forms/fields';
import { PasswordGuide } from '../forms/password-guide';
import { useSubmission } from '../forms/use-submission';
import { UsernameForManagers } from '../forms/username-for-managers';
import { ProblemNotice } from '../problems/problem-notice';
import { leaveForSignIn, type Arrival } from './leave-for-sign-in';
import { useResetPassword } from './use-reset-password';

type NewPasswordFormProps = {
  token: string;
  /** Empty where a link does not say whose it is. */
  email: string;
  label: string;
  submit: string;
  after: Arrival;
  /** What the codes of a link that does not work mean here. */
  problems: Record<string, string>;
};

/** The password that a mailed link allows to choose. */
export function NewPasswordForm({ token, email, label, submit, after, problems }: NewPasswordFormProps) {
  const form = useForm({ defaultValues: { password: '' } });
  const password = useWatch({ control: form.control, name: 'password' });
  const isUsed = useRef(false);
  // Not before the page is left: without its link it would show something else, or lead elsewhere.
  useEffect(
    () => () => {
      if (isUsed.current) forgetMailedToken();
    },
    [],
  );
  const { reset, step } = useResetPassword(async () => {
    isUsed.current = true;
    await leaveForSignIn(after, email);
  });
  const submission = useSubmission(form, async (values) => {
    await reset({ token, ...values });
  });
  const { failure } = submission;
  if (step) return step;
  return (
    <>
      {failure && <ProblemNotice failure={failure} text={failure instanceof Problem ? problems[failure.code] : undefined} />}
      <Form name={submit} onSubmit={submission.onSubmit} submit={{ label: submit, isBusy: submission.isBusy, isWide: true }}>
        {email !== '' && <UsernameForManagers email={email} />}
        <View style={{ gap: space.md }}>
          <PasswordInput control={form.control} name="password" label={label} purpose="new" email={email} />
          <PasswordGuide password={password} email={email} />
        </View>
      </Form>
    </>
  );
}
