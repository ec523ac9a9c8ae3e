import { useMutation } from '@tanstack/react-query';
import type { FieldPath, FieldValues, UseFormReturn } from 'react-hook-form';

import { Problem } from '@/api/problem';

type Placement<T extends FieldValues> = (problem: Problem) => Partial<Record<FieldPath<T>, string>>;

/**
 * Sends a valid form once. What the server says about a field is shown at that field (`place`
 * finds one for codes that name none); the rest is the form's `failure`.
 */
export function useSubmission<T extends FieldValues, V extends FieldValues = T>(
  form: UseFormReturn<T, unknown, V>,
  send: (values: V) => Promise<void>,
  place: Placement<T> = () => ({}),
) {
  const mutation = useMutation({
    mutationFn: send,
    onError(failure) {
      if (!(failure instanceof Problem)) return;
      Object.entries({ ...fieldErrors(failure), ...place(failure) }).forEach(([field, message], index) => {
        if (field in form.getValues()) {
          form.setError(field as FieldPath<T>, { type: 'server', message: String(message) }, { shouldFocus: index === 0 });
        }
      });
    },
  });
  const isPlaced =
    mutation.error instanceof Problem &&
    Object.keys({ ...fieldErrors(mutation.error), ...place(mutation.error) }).some((field) => field in form.getValues());
  return {
    onSubmit: () => void form.handleSubmit((values) => mutation.mutate(values))(),
    isBusy: mutation.isPending,
    failure: isPlaced ? null : mutation.error,
  };
}

function fieldErrors(problem: Problem): Record<string, string> {
  return Object.fromEntries(Object.entries(problem.errors).map(([field, messages]) => [field, messages.join(' ')]));
}
