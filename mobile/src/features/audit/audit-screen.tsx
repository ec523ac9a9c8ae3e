import { useLocalSearchParams, useRouter } from 'expo-router';

import { useTranslation } from '@/i18n/use-translation';
import { EmptyState, Notice, TextLink } from '@/ui';

import { LongListPage } from '../lists/long-list-page';
import { EventRow } from './event-row';
import { KindPicker, kindChoice } from './kind-picker';
import { useAuditEvents } from './queries';

/** Of one whose facts fit on a line. */
const ROW_HEIGHT = 68;

/** The filters live in the address: a link, a reload and the way back keep them. */
export function AuditScreen() {
  const { t } = useTranslation();
  const router = useRouter();
  const params = useLocalSearchParams<{ user?: string | string[]; kind?: string | string[] }>();
  const kind = kindChoice(params.kind);
  const user = typeof params.user === 'string' && /^\d+$/.test(params.user) ? params.user : null;
  const events = useAuditEvents({
    ...(user !== null && { user_id: Number(user) }),
    ...(kind !== 'all' && { kind }),
  });
  return (
    <LongListPage
      title={t('audit.title')}
      intro={t('audit.intro')}
      list={events}
      rowHeight={ROW_HEIGHT}
      renderRow={(event, index) => <EventRow event={event} isFirst={index === 0} />}
      empty={
        <EmptyState glyph="list" title={t('audit.noneTitle')}>
          {t('audit.noneText')}
        </EmptyState>
      }
      endText={t('audit.end')}
    >
      {user !== null && (
        <Notice
          title={t('audit.ofUser', { id: user })}
          action={
            <TextLink href={{ pathname: '/admin/audit', params: kind === 'all' ? {} : { kind } }}>
              {t('audit.showAll')}
            </TextLink>
          }
        />
      )}
      <KindPicker
        value={kind}
        onChange={(next) => router.setParams({ kind: next === 'all' ? undefined : next })}
      />
    </LongListPage>
  );
}
