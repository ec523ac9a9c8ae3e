import { useMutation } from '@tanstack/react-query';
import type { FieldPath, FieldValues, UseFormReturn } from 'react-hook-form';

import { Problem } from '@/session/engine/problem';

import type { FieldMessage } from './rules';

/** Where a code that names no field belongs, if to a field at all. */
type Placement<T extends FieldValues> = Partial<Record<string, [field: FieldPath<T>, message: FieldMessage]>>;

/**
 * Sends a valid form once. What the server says about a field is shown at that field; everything
 * else is the form's `failure`.
 */
export function useSubmission<T extends FieldValues>(
  form: UseFormReturn<T>,
  send: (values: T) => Promise<void>,
  placement: Placement<T> = {},
) {
  function messagesFor(failure: unknown): [FieldPath<T>, string][] {
    if (!(failure instanceof Problem)) return [];
    const placed = placement[failure.code];
    if (placed) return [placed];
    return Object.entries(failure.errors)
      .filter(([field]) => field in form.getValues())
      .map(([field, messages]) => [field as FieldPath<T>, messages.join(' ')]);
  }

  const mutation = useMutation({
    mutationFn: send,
    onError: (failure) =>
      messagesFor(failure).forEach(([field, message], index) =>
        form.setError(field, { type: 'server', message }, { shouldFocus: index === 0 }),
      ),
  });

  return {
    onSubmit: () => void form.handleSubmit((values) => mutation.mutate(values))(),
    isBusy: mutation.isPending,
    failure: messagesFor(mutation.error).length > 0 ? null : mutation.error,
  };
}
