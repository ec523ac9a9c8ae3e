import { fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';

import { Form } from './form';
import { PasswordField } from './password-field';
import { TextField } from './text-field';

function Field({ error }: { error?: string }) {
  const [value, setValue] = useState('');
  return <TextField label="Address" value={value} onChangeText={setValue} error={error} hint="Yours" autoComplete="email" />;
}

it('tells assistive technology its name, its hint and its mistake', () => {
  render(<Field error="Not an address" />);
  const input = screen.getByLabelText('Address');
  expect(input.getAttribute('aria-invalid')).toBe('true');
  const described = (input.getAttribute('aria-describedby') ?? '').split(' ');
  const texts = described.map((id) => document.getElementById(id)?.textContent);
  expect(texts).toEqual(['Not an address', 'Yours']);
});

it('is fit for password managers and for nothing that corrects', () => {
  render(<PasswordField label="Password" value="secret" onChangeText={() => undefined} purpose="current" />);
  const input = screen.getByLabelText('Password');
  expect(input.getAttribute('type')).toBe('password');
  expect(input.getAttribute('autocomplete')).toBe('current-password');
  expect(input.getAttribute('autocapitalize')).toBe('none');
  expect(input.getAttribute('spellcheck')).toBe('false');
  fireEvent.click(screen.getByLabelText('Show: Password'));
  expect(screen.getByLabelText('Password').getAttribute('type')).not.toBe('password');
});

it('is a real form: submitting it stays on the page and runs once', () => {
  const onSubmit = jest.fn();
  render(
    <Form name="Test" onSubmit={onSubmit} submit={{ label: 'Send' }}>
      <Field />
    </Form>,
  );
  const form = screen.getByRole('form', { name: 'Test' });
  expect(form.getAttribute('method')).toBe('post');
  expect(fireEvent.submit(form)).toBe(false);
  expect(onSubmit).toHaveBeenCalledTimes(1);
});

it('does not submit while it is busy', () => {
  const onSubmit = jest.fn();
  render(
    <Form name="Test" onSubmit={onSubmit} submit={{ label: 'Send', isBusy: true }}>
      <Field />
    </Form>,
  );
  fireEvent.submit(screen.getByRole('form', { name: 'Test' }));
  expect(onSubmit).not.toHaveBeenCalled();
});
