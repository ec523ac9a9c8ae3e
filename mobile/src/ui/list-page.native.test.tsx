import { fireEvent, render, screen } from '@testing-library/react-native';
import { Text } from 'react-native';

import { startI18n } from '@/i18n/start';

import { ListPage } from './list-page';

beforeAll(() => startI18n('en'));

const rows = Array.from({ length: 5_000 }, (_, id) => ({ id }));

it('renders some of five thousand rows, and asks for more near their end', () => {
  const onNearEnd = jest.fn();
  render(
    <ListPage
      title="Users"
      label="Users"
      rows={rows}
      renderRow={({ id }) => <Text>{`Row ${id}`}</Text>}
      rowHeight={60}
      isComplete={false}
      instead={null}
      foot={<Text>Load more</Text>}
      onNearEnd={onNearEnd}
    >
      <Text>Filters</Text>
    </ListPage>,
  );
  expect(screen.getByText('Filters')).toBeOnTheScreen();
  expect(screen.getByText('Load more')).toBeOnTheScreen();
  expect(screen.getByText('Row 0')).toBeOnTheScreen();
  expect(screen.getAllByText(/^Row /).length).toBeLessThan(100);
  fireEvent(screen.getByLabelText('Users'), 'endReached');
  expect(onNearEnd).toHaveBeenCalledTimes(1);
});

it('shows what stands instead of the rows while there are none', () => {
  render(
    <ListPage
      title="Users"
      label="Users"
      rows={rows.slice(0, 0)}
      renderRow={() => <Text>Row</Text>}
      rowHeight={60}
      isComplete
      instead={<Text>Nobody matches</Text>}
      foot={null}
      onNearEnd={() => undefined}
    >
      <Text>Filters</Text>
    </ListPage>,
  );
  expect(screen.getByText('Nobody matches')).toBeOnTheScreen();
  expect(screen.queryByText('Row')).toBeNull();
});
