import { fireEvent, render, screen } from '@testing-library/react';
import { SafeAreaProvider } from 'react-native-safe-area-context';

import { ToastProvider, useToast } from './toasts';

const metrics = { frame: { x: 0, y: 0, width: 390, height: 844 }, insets: { top: 0, left: 0, right: 0, bottom: 0 } };

function Speaker() {
  const toast = useToast();
  return (
    <>
      <button onClick={() => toast('Saved.')}>save</button>
      <button onClick={() => toast('Sent.')}>send</button>
    </>
  );
}

it('says the same again in place of the first time, after what was said since', () => {
  render(
    <SafeAreaProvider initialMetrics={metrics}>
      <ToastProvider>
        <Speaker />
      </ToastProvider>
    </SafeAreaProvider>,
  );
  fireEvent.click(screen.getByText('save'));
  const first = screen.getByText('Saved.');
  fireEvent.click(screen.getByText('send'));
  fireEvent.click(screen.getByText('save'));
  expect(screen.getAllByText(/^(Saved|Sent)\.$/).map(({ textContent }) => textContent)).toEqual(['Sent.', 'Saved.']);
  // A new element, which screen readers announce.
  expect(screen.getByText('Saved.')).not.toBe(first);
});
