import { useLocalSearchParams } from 'expo-router';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { StyleSheet, View } from 'react-native';

import type { User } from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';
import { useClientConfig } from '@/client-config/client-config';
import { useTranslation } from '@/i18n/use-translation';
import { Problem } from '@/session/engine/problem';
import { signIn, signInWithFactor } from '@/session/sign-in';
import { Button, Form, space, Text, TextLink } from '@/ui';

import { meKey } from '../account/queries';
import { EmailInput, PasswordInput } from '../forms/fields';
import { useSubmission } from '../forms/use-submission';
import { ProblemNotice } from '../problems/problem-notice';
import { EnrolmentStep, SecondFactorStep } from '../shell/factors';
import { AuthLayout } from './auth-layout';
import { ArrivalNotice } from './arrival-notice';
import { rememberedEmail, rememberEmail } from './typed-email';
import { usePasskeySignIn } from './use-passkey-sign-in';

/** A sign-in whose password was right. */
type Waiting = { flow: string; factors: readonly string[]; isEnrolment: boolean };

export function SignInScreen() {
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  const onCancel = () => setWaiting(null);
  if (!waiting) return <FirstHalf onWaiting={setWaiting} />;
  if (!waiting.isEnrolment) return <SecondHalf waiting={waiting} onCancel={onCancel} />;
  const { flow, factors } = waiting;
  return <EnrolmentStep flow={flow} factors={factors} email={rememberedEmail()} welcome={welcome} onCancel={onCancel} />;
}

function SecondHalf({ waiting, onCancel }: { waiting: Waiting; onCancel: () => void }) {
  const { t } = useTranslation();
  return (
    <AuthLayout title={t('secondFactor.title')} intro={t('secondFactor.intro')}>
      <SecondFactorStep
        flow={waiting.flow}
        factors={waiting.factors}
        canTrust
        send={async (proof, trustsDevice) => {
          if ('password' in proof) return;
          welcome(await signInWithFactor(waiting.flow, proof, trustsDevice));
        }}
        onCancel={onCancel}
      />
    </AuthLayout>
  );
}

function welcome(user: User): void {
  rememberEmail('');
  queryClient.setQueryData(meKey, user);
}

function FirstHalf({ onWaiting }: { onWaiting: (waiting: Waiting) => void }) {
  const { t } = useTranslation();
  const config = useClientConfig();
  const { returnTo, after } = useLocalSearchParams<{ returnTo?: string; after?: string }>();
  const form = useForm({ defaultValues: { email: rememberedEmail(), password: '' } });
  const passkey = usePasskeySignIn(config?.passkeys === true, welcome);
  const submission = useSubmission(form, async ({ email, password }) => {
    passkey.clear();
    try {
      welcome(await signIn(email, password));
    } catch (failure) {
      if (!(failure instanceof Problem) || failure.action !== 'second_factor' || !failure.flow) throw failure;
      rememberEmail(email.trim());
      onWaiting({ flow: failure.flow, factors: failure.factors, isEnrolment: failure.code === 'enrolment_required' });
    }
  });
  const failure = passkey.failure ?? submission.failure;
  return (
    <AuthLayout title={t('signIn.title')} intro={t('signIn.intro')}>
      {failure ? <ProblemNotice failure={failure} /> : <ArrivalNotice after={after} />}
      <Form
        name={t('signIn.title')}
        onSubmit={submission.onSubmit}
        submit={{ label: t('signIn.submit'), isBusy: submission.isBusy, isWide: true }}
      >
        <View style={styles.fields}>
          <EmailInput
            control={form.control}
            name="email"
            label={t('auth.email')}
            isUsername
            suggestsPasskeys={passkey.isPossible}
          />
          <PasswordInput control={form.control} name="password" label={t('auth.password')} purpose="current" />
        </View>
      </Form>
      {passkey.isPossible && (
        <Button
          kind="secondary"
          icon="passkey"
          label={t('signIn.passkey')}
          isBusy={passkey.isBusy}
          isWide
          onPress={passkey.ask}
        />
      )}
      {config?.mail && (
        <TextLink href="/forgot" onPress={() => rememberEmail(form.getValues('email').trim())}>
          {t('signIn.forgot')}
        </TextLink>
      )}
      {config?.sign_up && (
        <View style={styles.other}>
          <Text tone="muted">{t('signIn.toSignUp')}</Text>
          <TextLink href={{ pathname: '/sign-up', params: returnTo ? { returnTo } : {} }}>{t('signIn.toSignUpLink')}</TextLink>
        </View>
      )}
    </AuthLayout>
  );
}

const styles = StyleSheet.create({
  fields: { gap: space.md },
  other: { flexDirection: 'row', flexWrap: 'wrap', columnGap: space.xs },
});
