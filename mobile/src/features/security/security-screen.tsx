import { useRouter } from 'expo-router';
import { useState } from 'react';

import { formatMoment } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Button, Notice, Page, useToast } from '@/ui';

import { useFactors, useMe } from '../account/queries';
import { ProblemNotice } from '../problems/problem-notice';
import { QueryView } from '../problems/query-view';
import { FactorRows } from './factor-rows';
import { PasskeysCard } from './passkeys-card';
import { PasswordCard } from './password-card';
import { useCancelReset } from './queries';
import { RecoveryCodeList } from './recovery-code-list';
import { TrustedDevices } from './trusted-devices';

/** From here on down, new recovery codes are asked for. */
const FEW_CODES = 3;

export function SecurityScreen() {
  const { t } = useTranslation();
  const factors = useFactors();
  const email = useMe().data?.email ?? '';
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  if (codes) {
    return (
      <Page title={t('recoveryCodes.title')}>
        <Notice title={t('authenticator.onTitle')}>{t('authenticator.on')}</Notice>
        <RecoveryCodeList codes={codes} email={email} onStored={() => setCodes(null)} />
      </Page>
    );
  }
  return (
    <Page title={t('security.title')} up={{ href: '/', label: t('home.title') }}>
      <QueryView query={factors}>
        {(overview) => (
          <>
            {overview.reset_pending != null && <PendingReset at={overview.reset_pending} />}
            {overview.second_factor && overview.recovery_codes_left <= FEW_CODES && (
              <FewCodes left={overview.recovery_codes_left} />
            )}
            <FactorRows overview={overview} now={new Date(factors.dataUpdatedAt)} onCodes={setCodes} />
            <PasskeysCard overview={overview} now={new Date(factors.dataUpdatedAt)} />
            {overview.trusted_devices.length > 0 && <TrustedDevices devices={overview.trusted_devices} />}
            <PasswordCard overview={overview} />
          </>
        )}
      </QueryView>
    </Page>
  );
}

function PendingReset({ at }: { at: string }) {
  const { t, language } = useTranslation();
  const toast = useToast();
  const me = useMe().data;
  const cancel = useCancelReset(me?.id ?? 0);
  return (
    <>
      {cancel.error && <ProblemNotice failure={cancel.error} />}
      <Notice
        tone="warning"
        title={t('security.resetTitle')}
        action={
          <Button
            kind="secondary"
            label={t('security.resetCancel')}
            isDisabled={me === undefined}
            isBusy={cancel.isPending}
            onPress={() => cancel.mutate(undefined, { onSuccess: () => toast(t('security.resetCancelled')) })}
          />
        }
      >
        {t('security.reset', { when: formatMoment(at, language) })}
      </Notice>
    </>
  );
}

function FewCodes({ left }: { left: number }) {
  const { t } = useTranslation();
  const router = useRouter();
  return (
    <Notice
      tone="warning"
      title={t('recoveryCodes.left', { number: left })}
      action={
        <Button
          kind="secondary"
          label={t('recoveryCodes.renew')}
          onPress={() => router.push('/account/security/recovery-codes')}
        />
      }
    >
      {t('recoveryCodes.few')}
    </Notice>
  );
}
