/** The tabs of a phone, on the router's own navigators. */
import { act, fireEvent, renderRouter, screen } from 'expo-router/testing-library';
import { router } from 'expo-router';
import { View } from 'react-native';

import type { NavItem } from './nav-item';
import { Navigator } from './navigator';
import { Switch } from './switch';
import { TabBar } from './tab-bar';

const items: NavItem[] = [
  { href: '/', label: 'Account', glyph: 'user' },
  { href: '/devices', label: 'Devices', glyph: 'devices' },
  { href: '/admin/users', label: 'Users', glyph: 'users' },
  { href: '/admin/audit', label: 'Activity', glyph: 'list' },
];

const Leaf = () => <View />;

function Frame() {
  return (
    <View>
      <Switch />
      <TabBar items={items} />
    </View>
  );
}

const open = (initialUrl: string) =>
  renderRouter(
    {
      _layout: Navigator,
      '(app)/_layout': Frame,
      '(app)/(home)/_layout': Navigator,
      '(app)/(home)/index': Leaf,
      '(app)/(home)/account/email': Leaf,
      '(app)/devices': Leaf,
      '(app)/admin/_layout': Switch,
      '(app)/admin/users/_layout': Navigator,
      '(app)/admin/users/index': Leaf,
      '(app)/admin/users/[id]': Leaf,
      '(app)/admin/audit': Leaf,
    },
    { initialUrl },
  );

const press = (label: string) => fireEvent.press(screen.getByRole('tab', { name: label }));

type State = { routes: { state?: State }[] } | undefined;
const pages = (state: State): number =>
  (state?.routes ?? []).reduce((sum, route) => sum + (route.state ? pages(route.state) : 1), 0);

it('go round and round without piling up pages', () => {
  const app = open('/');
  for (const { label } of items) press(label);
  const visited = pages(app.getRouterState() as State);
  for (let round = 0; round < 3; round += 1) for (const { label } of items) press(label);
  expect(app.getPathname()).toBe('/admin/audit');
  expect(pages(app.getRouterState() as State)).toBe(visited);
});

it('show an area as it was left, and its first page when pressed again', () => {
  const app = open('/admin/users');
  act(() => router.push('/admin/users/7'));
  press('Devices');
  expect(app.getPathname()).toBe('/devices');
  press('Users');
  expect(app.getPathname()).toBe('/admin/users/7');
  press('Users');
  expect(app.getPathname()).toBe('/admin/users');
  act(() => router.push('/account/email'));
  press('Account');
  expect(app.getPathname()).toBe('/');
});

it('tell which one is chosen', () => {
  open('/');
  press('Devices');
  expect(screen.getByRole('tab', { name: 'Devices' })).toBeSelected();
  expect(screen.getByRole('tab', { name: 'Account' })).not.toBeSelected();
});
