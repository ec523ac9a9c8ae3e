import { useState } from 'react';
import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { Button, Dialog, space, useGutter } from '@/ui';
import type { Glyph } from '@/ui/glyphs';

import { ProblemNotice } from '../problems/problem-notice';

type EndingProps = {
  icon?: Glyph;
  label: string;
  title: string;
  text: string;
  failure: unknown;
  isBusy: boolean;
  onConfirm: (onSettled: () => void) => void;
};

/** Ends something that protects the account, once it is confirmed. */
export function Ending({ icon, label, title, text, failure, isBusy, onConfirm }: EndingProps) {
  const { t } = useTranslation();
  const gutter = useGutter();
  const [isAsking, setAsking] = useState(false);
  return (
    <View style={[styles.foot, { padding: gutter }]}>
      {failure != null && <ProblemNotice failure={failure} />}
      <Button kind="quiet-danger" {...(icon && { icon })} label={label} onPress={() => setAsking(true)} />
      <Dialog
        isOpen={isAsking}
        title={title}
        cancelLabel={t('common.cancel')}
        confirm={{ label, onPress: () => onConfirm(() => setAsking(false)), isBusy }}
        onClose={() => setAsking(false)}
      >
        {text}
      </Dialog>
    </View>
  );
}

const styles = StyleSheet.create({ foot: { gap: space.md } });
