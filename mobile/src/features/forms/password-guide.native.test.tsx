import { render, screen } from '@testing-library/react-native';

import { PasswordGuide } from './password-guide';

it('ticks the rules off while one types', () => {
  const { rerender } = render(<PasswordGuide password="" email="ada@example.org" />);
  expect(screen.getByLabelText('8 to 128 characters: not met yet')).toBeTruthy();
  rerender(<PasswordGuide password="ada-and-more" email="ada@example.org" />);
  expect(screen.getByLabelText('8 to 128 characters: met')).toBeTruthy();
  expect(screen.getByLabelText('Doesn’t contain the name in your email: not met yet')).toBeTruthy();
  rerender(<PasswordGuide password="correct horse battery staple" email="ada@example.org" />);
  expect(screen.getByLabelText('Doesn’t contain the name in your email: met')).toBeTruthy();
  expect(screen.getByText('Strength: strong')).toBeTruthy();
});

it.each(['iloveyou2', 'trustno1!', 'dragon123', 'correct horse battery staple'])(
  'never calls %s met for a rule that only the server can check',
  (password) => {
    render(<PasswordGuide password={password} email="ada@example.org" />);
    expect(screen.getAllByLabelText(/: met$/)).toHaveLength(2);
    expect(screen.queryByLabelText(/everybody|common/i)).toBeNull();
  },
);
