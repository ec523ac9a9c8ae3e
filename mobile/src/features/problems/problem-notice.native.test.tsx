import { fireEvent, render, screen } from '@testing-library/react-native';

import { networkProblem, Problem } from '@/session/engine/problem';

import { ProblemNotice } from './problem-notice';

it('says what to do and which request it was', () => {
  render(<ProblemNotice failure={new Problem({ code: 'internal', action: 'retry', status: 500, requestId: 'r-42' })} />);
  expect(screen.getByText('Something went wrong on the server. Try again.')).toBeTruthy();
  expect(screen.getByText('Request id: r-42')).toBeTruthy();
});

it('offers a second try where there is one', () => {
  const onRetry = jest.fn();
  render(<ProblemNotice failure={networkProblem('unreachable')} onRetry={onRetry} />);
  fireEvent.press(screen.getByLabelText('Try again'));
  expect(onRetry).toHaveBeenCalledTimes(1);
});

it('has words for whatever is thrown', () => {
  render(<ProblemNotice failure={new TypeError('undefined is not a function')} />);
  expect(screen.getByText('An unexpected answer came back. Try again.')).toBeTruthy();
});
