import type { Control, FieldPath, FieldValues } from 'react-hook-form';

import { PasswordInput } from '../forms/fields';
import { useFactors } from './queries';

type CurrentPasswordProps<T extends FieldValues> = { control: Control<T>; name: FieldPath<T>; label: string };

/** Asks for the password of an account that has one. The others prove themselves when the service asks. */
export function CurrentPassword<T extends FieldValues>(props: CurrentPasswordProps<T>) {
  if (useFactors().data?.password === false) return null;
  return <PasswordInput {...props} purpose="current" />;
}
