import type { Kind } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { Choices } from '@/ui';

/** The kinds someone looks for; the others are found under "everything". */
const PICKED = ['signed_in', 'sign_in_failed', 'sessions_revoked', 'password_changed', 'role_changed', 'deactivated'] as const;

export type KindChoice = 'all' | (Kind & (typeof PICKED)[number]);

/** What an address says, where it is one of these. */
export const kindChoice = (said: unknown): KindChoice => PICKED.find((kind) => kind === said) ?? 'all';

type KindPickerProps = { value: KindChoice; onChange: (kind: KindChoice) => void };

export function KindPicker({ value, onChange }: KindPickerProps) {
  const { t } = useTranslation();
  return (
    <Choices
      label={t('audit.filterKind')}
      value={value}
      onChange={onChange}
      choices={[
        { value: 'all', label: t('audit.allKinds') },
        ...PICKED.map((kind) => ({ value: kind, label: t(`audit.kinds.${kind}`) })),
      ]}
    />
  );
}
