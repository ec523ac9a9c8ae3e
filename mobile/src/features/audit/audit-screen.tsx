import { useLocalSearchParams } from 'expo-router';
import { useState } from 'react';
import { View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { Card, EmptyState, Notice, Page, TextLink } from '@/ui';

import { MoreRow } from '../problems/more-row';
import { QueryView } from '../problems/query-view';
import { EventRow } from './event-row';
import { KindPicker, type KindChoice } from './kind-picker';
import { useAuditEvents } from './queries';

export function AuditScreen() {
  const { t } = useTranslation();
  const { user } = useLocalSearchParams<{ user?: string }>();
  const [kind, setKind] = useState<KindChoice>('all');
  const isOfOne = user !== undefined && /^\d+$/.test(user);
  const events = useAuditEvents({ ...(isOfOne && { user_id: Number(user) }), ...(kind !== 'all' && { kind }) });
  const loadMore = () => {
    if (events.hasNextPage && !events.isFetchingNextPage && !events.isFetchNextPageError) void events.fetchNextPage();
  };
  return (
    <Page title={t('audit.title')} intro={t('audit.intro')} isWide onNearEnd={loadMore}>
      {isOfOne && (
        <Notice title={t('audit.ofUser', { id: user })} action={<TextLink href="/admin/audit">{t('audit.showAll')}</TextLink>} />
      )}
      <KindPicker value={kind} onChange={setKind} />
      <Card isFlush>
        <QueryView query={events} skeletonRows={6}>
          {({ pages }) => {
            const items = pages.flatMap((page) => page.items);
            if (items.length === 0) {
              return (
                <EmptyState glyph="list" title={t('audit.noneTitle')}>
                  {t('audit.noneText')}
                </EmptyState>
              );
            }
            return (
              <View role="list" aria-label={t('audit.title')}>
                {items.map((event, index) => (
                  <EventRow key={event.id} event={event} isFirst={index === 0} />
                ))}
              </View>
            );
          }}
        </QueryView>
        {events.data && <MoreRow query={events} onMore={() => void events.fetchNextPage()} endText={t('audit.end')} />}
      </Card>
    </Page>
  );
}
