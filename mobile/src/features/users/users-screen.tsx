import { useLocalSearchParams, useRouter } from 'expo-router';
import { StyleSheet, View } from 'react-native';

import { useClientConfig } from '@/client-config/client-config';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Choices, EmptyState, Icon, space, TextField } from '@/ui';

import { LongListPage } from '../lists/long-list-page';
import { useSearchText } from '../lists/use-search-text';
import { useUsers } from './queries';
import { filterOf, readChoices, type UserParams } from './user-filter';
import { UserRow } from './user-row';

/** Of one with two lines of text. */
const ROW_HEIGHT = 67;

/** Search and filters live in the address: a link, a reload and the way back keep them. */
export function UsersScreen() {
  const { t } = useTranslation();
  const router = useRouter();
  const hasMail = useClientConfig()?.mail ?? false;
  const choices = readChoices(useLocalSearchParams<UserParams>());
  const [search, setSearch] = useSearchText(choices.search, (text) => router.setParams({ search: text || undefined }));
  const users = useUsers(filterOf(choices));
  return (
    <LongListPage
      title={t('users.title')}
      intro={t('users.intro')}
      list={users}
      rowHeight={ROW_HEIGHT}
      renderRow={(user, index) => <UserRow user={user} isFirst={index === 0} />}
      empty={
        <EmptyState glyph="users" title={t('users.noneTitle')}>
          {t('users.noneText')}
        </EmptyState>
      }
      endText={t('users.end')}
    >
      <Button
        kind="secondary"
        icon="user"
        label={hasMail ? t('users.invite') : t('users.create')}
        onPress={() => router.push('/admin/users/invite')}
      />
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
          value={choices.status}
          onChange={(status) => router.setParams({ status: status === 'all' ? undefined : status })}
          choices={[
            { value: 'all', label: t('users.all') },
            { value: 'active', label: t('status.active') },
            { value: 'inactive', label: t('status.inactive') },
          ]}
        />
        <Choices
          label={t('users.filterRole')}
          value={choices.role}
          onChange={(role) => router.setParams({ role: role === 'any' ? undefined : role })}
          choices={[
            { value: 'any', label: t('users.any') },
            { value: 'user', label: t('role.user') },
            { value: 'admin', label: t('role.admin') },
          ]}
        />
      </View>
    </LongListPage>
  );
}

const styles = StyleSheet.create({
  filters: { flexDirection: 'row', flexWrap: 'wrap', gap: space.sm, alignItems: 'center' },
  search: { flexGrow: 1, flexBasis: 260 },
  glass: { paddingLeft: space.sm },
});
