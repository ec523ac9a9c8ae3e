import { fireEvent, render, screen } from '@testing-library/react-native';
import { useState } from 'react';

import { Choices } from './choices';
import { Form } from './form';
import { PasswordField } from './password-field';
import { TextField } from './text-field';

function Field({ error }: { error?: string }) {
  const [value, setValue] = useState('');
  return <TextField label="Address" value={value} onChangeText={setValue} error={error} hint="Yours" autoComplete="email" />;
}

it('is found by its label, takes text, and never corrects it', () => {
  render(<Field />);
  const input = screen.getByLabelText('Address');
  fireEvent.changeText(input, 'ada@example.org');
  expect(screen.getByDisplayValue('ada@example.org')).toBe(input);
  expect(input.props).toMatchObject({ autoCapitalize: 'none', autoCorrect: false, spellCheck: false });
});

it('shows what is wrong beside what was asked', () => {
  render(<Field error="Not an address" />);
  expect(screen.getByText('Not an address')).toBeTruthy();
  expect(screen.getByText('Yours')).toBeTruthy();
});

it('hides a password until it is asked to show it', () => {
  render(<PasswordField label="Password" value="secret" onChangeText={() => undefined} purpose="new" />);
  const input = screen.getByLabelText('Password');
  expect(input.props).toMatchObject({ secureTextEntry: true, textContentType: 'newPassword', autoComplete: 'new-password' });
  fireEvent.press(screen.getByLabelText('Show: Password'));
  expect(screen.getByLabelText('Password').props.secureTextEntry).toBe(false);
  expect(screen.getByLabelText('Hide: Password')).toBeTruthy();
});

it('leads from field to field with the keyboard, and sends from the last one', () => {
  const onSubmit = jest.fn();
  const form = (isBusy: boolean) => (
    <Form name="Test" onSubmit={onSubmit} submit={{ label: 'Send', isBusy }}>
      <TextField label="Address" value="" onChangeText={() => undefined} />
      <PasswordField label="Password" value="" onChangeText={() => undefined} purpose="current" />
    </Form>
  );
  const { rerender } = render(form(false));
  expect(screen.getByLabelText('Address').props).toMatchObject({ returnKeyType: 'next', submitBehavior: 'submit' });
  expect(screen.getByLabelText('Password').props).toMatchObject({ returnKeyType: 'go', submitBehavior: 'blurAndSubmit' });
  fireEvent(screen.getByLabelText('Address'), 'submitEditing');
  expect(onSubmit).not.toHaveBeenCalled();
  fireEvent(screen.getByLabelText('Password'), 'submitEditing');
  expect(onSubmit).toHaveBeenCalledTimes(1);
  rerender(form(true));
  fireEvent(screen.getByLabelText('Password'), 'submitEditing');
  expect(onSubmit).toHaveBeenCalledTimes(1);
});

it('tells a screen reader which choice is made', () => {
  const choices = [
    { value: 'light', label: 'Light' },
    { value: 'dark', label: 'Dark' },
  ];
  render(<Choices label="Scheme" choices={choices} value="dark" onChange={() => undefined} />);
  expect(screen.getByLabelText('Dark')).toBeSelected();
  expect(screen.getByLabelText('Light')).not.toBeSelected();
});

it('submits once per press, and not while busy', () => {
  const onSubmit = jest.fn();
  const { rerender } = render(
    <Form name="Test" onSubmit={onSubmit} submit={{ label: 'Send' }}>
      {null}
    </Form>,
  );
  fireEvent.press(screen.getByLabelText('Send'));
  rerender(
    <Form name="Test" onSubmit={onSubmit} submit={{ label: 'Send', isBusy: true }}>
      {null}
    </Form>,
  );
  fireEvent.press(screen.getByLabelText('Send'));
  expect(onSubmit).toHaveBeenCalledTimes(1);
});
