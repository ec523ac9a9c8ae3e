import { useEffect, type ReactNode } from 'react';
import { useForm } from 'react-hook-form';

import { Form } from '@/ui';

import { useSubmission } from '../forms/use-submission';
import { ProblemNotice } from '../problems/problem-notice';
import { CodeInput } from './code-input';

type CodeFormProps = {
  name: string;
  submit: string;
  send: (code: string) => Promise<void>;
  /** Stands beside the button. */
  aside?: ReactNode;
};

/** Asks for the code of a mail, and sends it as soon as it is complete. */
export function CodeForm({ name, submit, send, aside }: CodeFormProps) {
  const form = useForm({ defaultValues: { code: '' } });
  const submission = useSubmission(form, ({ code }) => send(code), {
    proof_invalid: ['code', 'fields.codeWrong'],
    proof_expired: ['code', 'fields.codeExpired'],
  });
  const { setFocus } = form;
  useEffect(() => setFocus('code'), [setFocus]);
  return (
    <>
      {submission.failure && <ProblemNotice failure={submission.failure} />}
      <Form name={name} onSubmit={submission.onSubmit} submit={{ label: submit, isBusy: submission.isBusy }} aside={aside}>
        <CodeInput control={form.control} name="code" onComplete={submission.onSubmit} />
      </Form>
    </>
  );
}
