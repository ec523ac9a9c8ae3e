/** What a form's fields know of each other: where the keyboard's return key leads. */
import { createContext, use, useEffect, useState, type RefObject } from 'react';
import type { TextInput, TextInputProps } from 'react-native';

type Field = RefObject<TextInput | null>;

type FormFields = { fields: Field[]; enter(field: Field): () => void; submit(): void };

/** Null outside of a form, and in a browser, whose forms do this by themselves. */
export const FormFieldsContext = createContext<FormFields | null>(null);

export function useFormFields(submit: () => void): FormFields {
  const [fields, setFields] = useState<Field[]>([]);
  const [enter] = useState(() => (field: Field) => {
    setFields((all) => [...all, field]);
    return () => setFields((all) => all.filter((one) => one !== field));
  });
  return { fields, enter, submit };
}

/** On to the next field, and from the last one off. */
export function useReturnKey(field: Field): Pick<TextInputProps, 'returnKeyType' | 'submitBehavior' | 'onSubmitEditing'> {
  const form = use(FormFieldsContext);
  const enter = form?.enter;
  useEffect(() => enter?.(field), [enter, field]);
  if (!form) return {};
  const next = form.fields[form.fields.indexOf(field) + 1];
  return {
    returnKeyType: next ? 'next' : 'go',
    submitBehavior: next ? 'submit' : 'blurAndSubmit',
    onSubmitEditing: () => (next ? next.current?.focus() : form.submit()),
  };
}
