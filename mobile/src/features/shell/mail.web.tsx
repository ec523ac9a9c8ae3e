/** The pages that go on with a mail: a script of their own, since no visit begins with them but by a link. */
import type { ComponentProps } from 'react';

import { createChunk } from './chunk';
import { ChunkView } from './chunk-view';
import type * as Screens from './mail-screens';

const screens = createChunk(() => import('./mail-screens'));

export const ChangeEmailScreen = () => (
  <ChunkView chunk={screens}>{({ ChangeEmailScreen: Screen }) => <Screen />}</ChunkView>
);

export const ConfirmEmailScreen = () => (
  <ChunkView chunk={screens}>{({ ConfirmEmailScreen: Screen }) => <Screen />}</ChunkView>
);

export const EnrolmentCode = (props: ComponentProps<typeof Screens.EnrolmentCode>) => (
  <ChunkView chunk={screens}>{({ EnrolmentCode: Step }) => <Step {...props} />}</ChunkView>
);

export const ForgotScreen = () => <ChunkView chunk={screens}>{({ ForgotScreen: Screen }) => <Screen />}</ChunkView>;

export const InvitationScreen = () => (
  <ChunkView chunk={screens}>{({ InvitationScreen: Screen }) => <Screen />}</ChunkView>
);

export const ResetScreen = () => <ChunkView chunk={screens}>{({ ResetScreen: Screen }) => <Screen />}</ChunkView>;

export const UndoScreen = () => <ChunkView chunk={screens}>{({ UndoScreen: Screen }) => <Screen />}</ChunkView>;

export const VerifyScreen = () => <ChunkView chunk={screens}>{({ VerifyScreen: Screen }) => <Screen />}</ChunkView>;
