/** What asks for a factor, and what sets factors up: a script of its own, since most visits never need one. */
import type { ComponentProps } from 'react';

import { createChunk } from './chunk';
import { ChunkView } from './chunk-view';
import type * as Screens from './factor-screens';

const screens = createChunk(() => import('./factor-screens'));

export const SecondFactorStep = (props: ComponentProps<typeof Screens.SecondFactorStep>) => (
  <ChunkView chunk={screens}>{({ SecondFactorStep: Step }) => <Step {...props} />}</ChunkView>
);

export const EnrolmentStep = (props: ComponentProps<typeof Screens.EnrolmentStep>) => (
  <ChunkView chunk={screens}>{({ EnrolmentStep: Step }) => <Step {...props} />}</ChunkView>
);

export const StepUp = (props: ComponentProps<typeof Screens.StepUp>) => (
  <ChunkView chunk={screens}>{({ StepUp: Asked }) => <Asked {...props} />}</ChunkView>
);

export const SecurityScreen = () => <ChunkView chunk={screens}>{({ SecurityScreen: Screen }) => <Screen />}</ChunkView>;

export const AuthenticatorScreen = () => (
  <ChunkView chunk={screens}>{({ AuthenticatorScreen: Screen }) => <Screen />}</ChunkView>
);

export const RecoveryCodesScreen = () => (
  <ChunkView chunk={screens}>{({ RecoveryCodesScreen: Screen }) => <Screen />}</ChunkView>
);
