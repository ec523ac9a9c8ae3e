import { fireEvent, render, screen } from '@testing-library/react-native';
import { useState } from 'react';

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
