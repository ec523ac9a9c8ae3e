import { useInfiniteQuery } from '@tanstack/react-query';
import { StyleSheet, View } from 'react-native';

import { listOwnEvents, type Activity, type Kind } from '@/api/generated/latchkey';
import { formatMoment } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Card, Icon, Page, space, Text, useTheme } from '@/ui';

import { ProblemNotice } from '../problems/problem-notice';
import { QueryView } from '../problems/query-view';

const PAGE = 30;

/** What the owner should look at twice. */
const ALARMING: readonly Kind[] = [
  'sign_in_failed',
  'sign_in_throttled',
  'refresh_token_reused',
  'second_factor_failed',
  'second_factor_off',
  'recovery_code_used',
  'factors_reset_started',
  'factors_reset',
  'passkey_counter_stalled',
  'mail_bounced',
];

/** What happened to one's own account. */
export function ActivityScreen() {
  const { t } = useTranslation();
  const events = useInfiniteQuery({
    queryKey: ['own-events'],
    queryFn: ({ pageParam, signal }) =>
      listOwnEvents({ limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
  return (
    <Page title={t('activity.title')} intro={t('activity.intro')} up={{ href: '/', label: t('home.title') }}>
      <Card isFlush>
        <QueryView query={events} skeletonRows={6}>
          {({ pages }) => (
            <View role="list" aria-label={t('activity.title')}>
              {pages
                .flatMap(({ items }) => items)
                .map((event, index) => (
                  <Row key={event.id} event={event} isFirst={index === 0} />
                ))}
            </View>
          )}
        </QueryView>
      </Card>
      {events.isFetchNextPageError && <ProblemNotice failure={events.error} />}
      {events.hasNextPage && (
        <Button
          label={t('common.loadMore')}
          kind="secondary"
          isBusy={events.isFetchingNextPage}
          onPress={() => void events.fetchNextPage()}
        />
      )}
      {events.data && !events.hasNextPage && (
        <Text variant="small" tone="muted" align="center">
          {t('activity.end')}
        </Text>
      )}
    </Page>
  );
}

function Row({ event, isFirst }: { event: Activity; isFirst: boolean }) {
  const { t, language } = useTranslation();
  const { colors } = useTheme();
  const isAlarming = ALARMING.includes(event.kind);
  const device = [event.browser, event.system].filter(Boolean).join(', ');
  return (
    <View role="listitem" style={[styles.row, !isFirst && { borderTopWidth: 1, borderTopColor: colors.line }]}>
      <Icon glyph={isAlarming ? 'alert' : 'info'} size={20} tone={isAlarming ? 'warning' : 'muted'} />
      <View style={styles.words}>
        <Text variant="strong">{t(`activity.kinds.${event.kind}`)}</Text>
        <View style={styles.facts}>
          <Text variant="small">{formatMoment(event.created_at, language)}</Text>
          {event.actor === 'administrator' && (
            <Text variant="small" tone="muted">
              {t('activity.byAdministrator')}
            </Text>
          )}
          {device !== '' && (
            <Text variant="small" tone="muted">
              {device}
            </Text>
          )}
          {event.ip !== null && (
            <Text variant="small" tone="muted">
              {t('devices.address', { ip: event.ip })}
            </Text>
          )}
        </View>
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  row: { flexDirection: 'row', alignItems: 'center', gap: space.md, paddingVertical: space.sm, paddingHorizontal: space.lg },
  words: { flex: 1, minWidth: 0 },
  facts: { flexDirection: 'row', flexWrap: 'wrap', alignItems: 'center', columnGap: space.sm },
});
