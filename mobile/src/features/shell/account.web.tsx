/** Pages of one's own account: a script of their own, since few visits ask for them. */
import { createChunk } from './chunk';
import { ChunkView } from './chunk-view';

const screens = createChunk(() => import('./account-screens'));

export const ActivityScreen = () => <ChunkView chunk={screens}>{({ ActivityScreen: Screen }) => <Screen />}</ChunkView>;

export const ChangePasswordScreen = () => (
  <ChunkView chunk={screens}>{({ ChangePasswordScreen: Screen }) => <Screen />}</ChunkView>
);

export const DeleteAccountScreen = () => (
  <ChunkView chunk={screens}>{({ DeleteAccountScreen: Screen }) => <Screen />}</ChunkView>
);
