import { useTranslation } from '@/i18n/use-translation';
import { Button, Card, Page, Text } from '@/ui';
import { goBackTo } from '@/ui/way-back';

import { useFactors, useMe } from '../account/queries';
import { ProblemNotice } from '../problems/problem-notice';
import { QueryView } from '../problems/query-view';
import { useRenewRecoveryCodes } from './queries';
import { RecoveryCodeList } from './recovery-code-list';

const OVERVIEW = '/account/security';

/** Makes new recovery codes. */
export function RecoveryCodesScreen() {
  const { t } = useTranslation();
  const renew = useRenewRecoveryCodes();
  const factors = useFactors();
  const email = useMe().data?.email ?? '';
  const codes = renew.data?.recovery_codes;
  if (codes) {
    return (
      <Page title={t('recoveryCodes.title')}>
        <RecoveryCodeList codes={codes} email={email} onStored={() => goBackTo(OVERVIEW)} />
      </Page>
    );
  }
  return (
    <Page title={t('recoveryCodes.title')} intro={t('recoveryCodes.intro')} up={{ href: OVERVIEW, label: t('security.title') }}>
      <Card>
        {renew.error && <ProblemNotice failure={renew.error} />}
        <QueryView query={factors} skeletonRows={1}>
          {({ second_factor: isOn, recovery_codes_left: left }) =>
            isOn ? (
              <>
                <Text variant="strong">{t('recoveryCodes.left', { number: left })}</Text>
                <Text tone="muted">{t('recoveryCodes.renewText')}</Text>
                <Button label={t('recoveryCodes.renew')} isBusy={renew.isPending} onPress={() => renew.mutate()} />
              </>
            ) : (
              <Text tone="muted">{t('recoveryCodes.off')}</Text>
            )
          }
        </QueryView>
      </Card>
    </Page>
  );
}
