import { useRouter } from 'expo-router';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { StyleSheet, View } from 'react-native';

import { undoChange } from '@/api/generated/latchkey';
import { useTranslation } from '@/i18n/use-translation';
import { forgetMailedToken, useMailedToken } from '@/links/mailed-link';
import { Problem } from '@/session/engine/problem';
import { Button, Form, Icon, Notice, space, Text, TextLink } from '@/ui';

import { AuthLayout } from '../auth/auth-layout';
import { useSubmission } from '../forms/use-submission';
import { ProblemNotice } from '../problems/problem-notice';
import { CodeInput } from './code-input';
import { signOutHere } from './leave-for-sign-in';

export function UndoScreen() {
  const { t } = useTranslation();
  const token = useMailedToken('undo');
  const [isDone, setDone] = useState(false);
  if (isDone) return <Undone />;
  return (
    <AuthLayout title={t('undo.title')} intro={token === null ? t('undo.missing') : t('undo.intro')}>
      {token !== null && <Undo token={token} onDone={() => setDone(true)} />}
    </AuthLayout>
  );
}

/** Nothing happens before the code was typed and the button pressed: programs that follow links do neither. */
function Undo({ token, onDone }: { token: string; onDone: () => void }) {
  const { t } = useTranslation();
  const router = useRouter();
  const form = useForm({ defaultValues: { code: '' } });
  const submission = useSubmission(
    form,
    async ({ code }) => {
      await undoChange({ token, code });
      onDone();
      forgetMailedToken();
      await signOutHere();
    },
    { proof_invalid: ['code', 'fields.codeWrong'] },
  );
  const { failure } = submission;
  const isOver = failure instanceof Problem && failure.code === 'proof_expired';
  return (
    <>
      <View style={styles.list}>
        <Text variant="heading" level={2}>
          {t('undo.happens')}
        </Text>
        {(['signedOut', 'address', 'locked'] as const).map((key) => (
          <View key={key} style={styles.point}>
            <Icon glyph="check" size={18} tone="accent" />
            <Text style={styles.text}>{t(`undo.${key}`)}</Text>
          </View>
        ))}
      </View>
      {failure && <ProblemNotice failure={failure} text={isOver ? t('undo.expired') : undefined} />}
      <Form
        name={t('undo.title')}
        onSubmit={submission.onSubmit}
        submit={{ label: t('undo.submit'), kind: 'danger', isBusy: submission.isBusy, isWide: true }}
      >
        <CodeInput control={form.control} name="code" />
      </Form>
      <Button
        kind="secondary"
        isWide
        label={t('undo.keep')}
        onPress={() => {
          forgetMailedToken();
          router.replace('/');
        }}
      />
    </>
  );
}

function Undone() {
  const { t } = useTranslation();
  return (
    <AuthLayout title={t('undo.doneTitle')} intro={t('undo.doneIntro')}>
      <Notice tone="warning">{t('undo.done')}</Notice>
      <TextLink href="/forgot">{t('undo.reset')}</TextLink>
    </AuthLayout>
  );
}

const styles = StyleSheet.create({
  list: { gap: space.xs },
  point: { flexDirection: 'row', gap: space.xs },
  text: { flex: 1 },
});
