import { useDeferredValue, useState } from 'react';
import { StyleSheet, View } from 'react-native';

import type { Role } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Choices, Icon, Page, space, TextField } from '@/ui';

import { useUsers, type UserFilter } from './queries';
import { UserList } from './user-list';
import { useSettled } from './use-settled';

type Status = 'all' | 'active' | 'inactive';

export function UsersScreen() {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const [status, setStatus] = useState<Status>('all');
  const [role, setRole] = useState<Role | 'any'>('any');
  const typed = useDeferredValue(useSettled(search.trim()));
  const filter: UserFilter = {
    ...(typed !== '' && { email_contains: typed }),
    ...(status !== 'all' && { is_active: status === 'active' }),
    ...(role !== 'any' && { role }),
  };
  const users = useUsers(filter);
  const loadMore = () => {
    if (users.hasNextPage && !users.isFetchingNextPage && !users.isFetchNextPageError) void users.fetchNextPage();
  };
  return (
    <Page title={t('users.title')} intro={t('users.intro')} isWide onNearEnd={loadMore}>
      <View style={styles.filters}>
        <View style={styles.search}>
          <TextField
            label={t('users.search')}
            isLabelHidden
            placeholder={t('users.search')}
            value={search}
            onChangeText={setSearch}
            autoComplete="off"
            inputMode="search"
            leading={
              <View style={styles.glass}>
                <Icon glyph="search" tone="muted" />
              </View>
            }
          />
        </View>
        <Choices
          label={t('users.filterStatus')}
          value={status}
          onChange={setStatus}
          choices={[
            { value: 'all', label: t('users.all') },
            { value: 'active', label: t('status.active') },
            { value: 'inactive', label: t('status.inactive') },
          ]}
        />
        <Choices
          label={t('users.filterRole')}
          value={role}
          onChange={setRole}
          choices={[
            { value: 'any', label: t('users.any') },
            { value: 'user', label: t('role.user') },
            { value: 'admin', label: t('role.admin') },
          ]}
        />
      </View>
      <UserList users={users} onMore={() => void users.fetchNextPage()} />
    </Page>
  );
}

const styles = StyleSheet.create({
  filters: { flexDirection: 'row', flexWrap: 'wrap', gap: space.sm, alignItems: 'center' },
  search: { flexGrow: 1, flexBasis: 260 },
  glass: { paddingLeft: space.sm },
});
