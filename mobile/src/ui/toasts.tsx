import { createContext, use, useEffect, useState, type ReactNode } from 'react';
import { StyleSheet, View } from 'react-native';
import { useSafeAreaInsets } from 'react-native-safe-area-context';

import { useTranslation } from '@/i18n/use-translation';

import { Icon } from './icon';
import { IconButton } from './icon-button';
import { Text } from './text';
import { radius, space, useTheme } from './theme';

type ToastTone = 'done' | 'failed';
type Toast = { id: number; text: string; tone: ToastTone };

const SHOWN_FOR_MS = 6_000;

const ToastContext = createContext<(text: string, tone?: ToastTone) => void>(() => undefined);

/** Says in passing that something worked, or failed where there is no place for a notice. */
export const useToast = () => use(ToastContext);

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);

  function show(text: string, tone: ToastTone = 'done') {
    // What is said again replaces what was said before, so that it is announced again and stands there once.
    const others = (current: Toast[]) => current.filter((one) => one.text !== text).slice(-2);
    setToasts((current) => [...others(current), { id: (current.at(-1)?.id ?? 0) + 1, text, tone }]);
  }

  return (
    <ToastContext value={show}>
      {children}
      <ToastStack toasts={toasts} onClose={(id) => setToasts((all) => all.filter((one) => one.id !== id))} />
    </ToastContext>
  );
}

function ToastStack({ toasts, onClose }: { toasts: Toast[]; onClose: (id: number) => void }) {
  const insets = useSafeAreaInsets();
  return (
    <View
      role="status"
      aria-live="polite"
      pointerEvents="box-none"
      style={[styles.stack, { bottom: insets.bottom + 76, left: insets.left + space.md, right: insets.right + space.md }]}
    >
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} onClose={() => onClose(toast.id)} />
      ))}
    </View>
  );
}

function ToastCard({ toast, onClose }: { toast: Toast; onClose: () => void }) {
  const { colors } = useTheme();
  const { t } = useTranslation();
  const hasFailed = toast.tone === 'failed';

  useEffect(() => {
    const timer = setTimeout(onClose, SHOWN_FOR_MS);
    return () => clearTimeout(timer);
    // The timer belongs to the card, not to the function that this render happened to make.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  return (
    <View {...(hasFailed && { role: 'alert' as const })} style={[styles.toast, { backgroundColor: colors.surface, borderColor: colors.line }]}>
      <Icon glyph={hasFailed ? 'alert' : 'check'} tone={hasFailed ? 'danger' : 'accent'} />
      <Text style={styles.text}>{toast.text}</Text>
      <IconButton glyph="close" label={t('common.dismiss')} onPress={onClose} />
    </View>
  );
}

const styles = StyleSheet.create({
  stack: { position: 'absolute', alignItems: 'center', gap: space.xs },
  toast: {
    flexDirection: 'row',
    alignItems: 'center',
    gap: space.sm,
    maxWidth: 440,
    paddingLeft: space.md,
    paddingRight: space.xxs,
    paddingVertical: space.xxs,
    borderRadius: radius.md,
    borderWidth: 1,
    boxShadow: '0 8px 28px rgba(8, 24, 18, 0.18)',
  },
  text: { flexShrink: 1 },
});
