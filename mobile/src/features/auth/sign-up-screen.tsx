import { useLocalSearchParams, useRouter } from 'expo-router';
import { useRef } from 'react';
import { useForm, useWatch } from 'react-hook-form';
import { StyleSheet, View } from 'react-native';

import { registerUser } from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';
import { useClientConfig } from '@/client-config/client-config';
import { useTranslation } from '@/i18n/use-translation';
import { Problem } from '@/session/engine/problem';
import { signIn } from '@/session/sign-in';
import { Form, Notice, space, Text, TextLink, useToast } from '@/ui';

import { meKey } from '../account/queries';
import { EmailInput, PasswordInput } from '../forms/fields';
import { PasswordGuide } from '../forms/password-guide';
import { useSubmission } from '../forms/use-submission';
import { keepFlow, readFlow } from '../mail/flows';
import { ProblemNotice } from '../problems/problem-notice';
import { AuthLayout } from './auth-layout';
import { rememberedEmail } from './typed-email';

export function SignUpScreen() {
  const { t } = useTranslation();
  const config = useClientConfig();
  const { returnTo } = useLocalSearchParams<{ returnTo?: string }>();
  const back = returnTo ? { returnTo } : {};
  return (
    <AuthLayout title={t('signUp.title')} intro={t('signUp.intro')}>
      {config?.sign_up === false ? <Notice>{t('problem.signUpClosed')}</Notice> : <SignUpForm back={back} />}
      <View style={styles.other}>
        <Text tone="muted">{t('signUp.toSignIn')}</Text>
        <TextLink href={{ pathname: '/sign-in', params: back }}>{t('signUp.toSignInLink')}</TextLink>
      </View>
    </AuthLayout>
  );
}

function SignUpForm({ back }: { back: { returnTo?: string } }) {
  const { t } = useTranslation();
  const toast = useToast();
  const router = useRouter();
  const domains = useClientConfig()?.sign_up_domains ?? [];
  const form = useForm({ defaultValues: { email: rememberedEmail() || (readFlow('sign-up')?.email ?? ''), password: '' } });
  const [email, password] = useWatch({ control: form.control, name: ['email', 'password'] });
  const created = useRef<string | null>(null);

  const submission = useSubmission(
    form,
    async (values) => {
      // When only the sign-in after it failed, a second try must not create the account again.
      if (created.current !== values.email) {
        const answer = await registerUser(values);
        if ('flow' in answer) {
          keepFlow('sign-up', values.email.trim(), answer);
          router.push({ pathname: '/verify', params: back });
          return;
        }
      }
      created.current = values.email;
      const user = await signIn(values.email, values.password);
      queryClient.setQueryData(meKey, user);
      toast(t('signUp.welcome'));
    },
    { email_taken: ['email', 'fields.emailTaken'] },
  );

  return (
    <>
      {submission.failure && (
        <ProblemNotice
          failure={submission.failure}
          text={isClosed(submission.failure) ? t('problem.signUpClosed') : undefined}
        />
      )}
      {domains.length > 0 && <Text tone="muted">{t('signUp.domains', { domains: domains.join(', ') })}</Text>}
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
    </>
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
