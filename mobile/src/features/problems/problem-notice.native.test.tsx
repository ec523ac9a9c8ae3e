import { fireEvent, render, screen } from '@testing-library/react-native';

import { networkProblem, Problem } from '@/session/engine/problem';

import { ProblemNotice } from './problem-notice';

it('says what to do and which request it was', () => {
  render(<ProblemNotice failure={new Problem({ code: 'internal', action: 'retry', status: 500, requestId: 'r-42' })} />);
  expect(screen.getByText('Something went wrong on the server. Try again.')).toBeTruthy();
  expect(screen.getByText('Request ID: r-42')).toBeTruthy();
});

it('offers a second try where there is one', () => {
  const onRetry = jest.fn();
  render(<ProblemNotice failure={networkProblem('unreachable')} onRetry={onRetry} />);
  fireEvent.press(screen.getByLabelText('Try again'));
  expect(onRetry).toHaveBeenCalledTimes(1);
});

it('offers a second try beside a long wait', () => {
  const failure = new Problem({ code: 'rate_limited', action: 'wait', status: 429, retryAfterMs: 1_200_000 });
  render(<ProblemNotice failure={failure} onRetry={() => undefined} />);
  expect(screen.getByText('Too many attempts. Try again in 20 minutes.')).toBeTruthy();
  expect(screen.getByLabelText('Try again')).toBeTruthy();
});

it('has words for whatever is thrown', () => {
  render(<ProblemNotice failure={new TypeError('undefined is not a function')} />);
  expect(screen.getByText('The server sent an unexpected response. Try again.')).toBeTruthy();
});
