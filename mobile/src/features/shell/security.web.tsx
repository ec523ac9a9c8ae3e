/** The pages about second factors: a script of their own, since few visits lead there. */
import { createChunk } from './chunk';
import { ChunkView } from './chunk-view';

const screens = createChunk(() => import('./security-screens'));

export const SecurityScreen = () => <ChunkView chunk={screens}>{({ SecurityScreen: Screen }) => <Screen />}</ChunkView>;

export const AuthenticatorScreen = () => (
  <ChunkView chunk={screens}>{({ AuthenticatorScreen: Screen }) => <Screen />}</ChunkView>
);

export const RecoveryCodesScreen = () => (
  <ChunkView chunk={screens}>{({ RecoveryCodesScreen: Screen }) => <Screen />}</ChunkView>
);
