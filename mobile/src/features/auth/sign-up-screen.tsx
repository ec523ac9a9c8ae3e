import { useLocalSearchParams } from 'expo-router';
import { useRef } from 'react';
import { useForm, useWatch } from 'react-hook-form';
import { StyleSheet, View } from 'react-native';

import { registerUser } from '@/api/generated/latchkey';
import { Problem } from '@/session/engine/problem';
import { queryClient } from '@/api/query-client';
import { useTranslation } from '@/i18n/use-translation';
import { signIn } from '@/session/sign-in';
import { Form, space, Text, TextLink, useToast } from '@/ui';

import { meKey } from '../account/queries';
import { EmailInput, PasswordInput } from '../forms/fields';
import { PasswordGuide } from '../forms/password-guide';
import { useSubmission } from '../forms/use-submission';
import { ProblemNotice } from '../problems/problem-notice';
import { AuthLayout } from './auth-layout';

export function SignUpScreen() {
  const { t } = useTranslation();
  const toast = useToast();
  const { returnTo } = useLocalSearchParams<{ returnTo?: string }>();
  const form = useForm({ defaultValues: { email: '', password: '' } });
  const [email, password] = useWatch({ control: form.control, name: ['email', 'password'] });
  const created = useRef<string | null>(null);

  const submission = useSubmission(
    form,
    async (values) => {
      // When only the sign-in after it failed, a second try must not create the account again.
      if (created.current !== values.email) await registerUser(values);
      created.current = values.email;
      const user = await signIn(values.email, values.password);
      queryClient.setQueryData(meKey, user);
      toast(t('signUp.welcome'));
    },
    { email_taken: ['email', 'fields.emailTaken'] },
  );

  return (
    <AuthLayout title={t('signUp.title')} intro={t('signUp.intro')}>
      {submission.failure && (
        <ProblemNotice
          failure={submission.failure}
          text={isClosed(submission.failure) ? t('problem.signUpClosed') : undefined}
        />
      )}
      <Form
        name={t('signUp.title')}
        onSubmit={submission.onSubmit}
        submit={{ label: t('signUp.submit'), isBusy: submission.isBusy, isWide: true }}
      >
        <View style={styles.fields}>
          <EmailInput control={form.control} name="email" label={t('auth.email')} isUsername />
          <PasswordInput control={form.control} name="password" label={t('auth.password')} purpose="new" email={email} />
          <PasswordGuide password={password} email={email} />
        </View>
      </Form>
      <View style={styles.other}>
        <Text tone="muted">{t('signUp.toSignIn')}</Text>
        <TextLink href={{ pathname: '/sign-in', params: returnTo ? { returnTo } : {} }}>{t('signUp.toSignInLink')}</TextLink>
      </View>
    </AuthLayout>
  );
}

/** Where strangers may not sign up, the service asks for an administrator's credentials. */
function isClosed(failure: unknown): boolean {
  return failure instanceof Problem && ['access_token_missing', 'forbidden'].includes(failure.code);
}

const styles = StyleSheet.create({
  fields: { gap: space.md },
  other: { flexDirection: 'row', flexWrap: 'wrap', columnGap: space.xs },
});
