/** The administration's pages: a script of their own, since most people never open them. */
import { createChunk } from './chunk';
import { ChunkView } from './chunk-view';

const screens = createChunk(() => import('./administration-screens'));

export const UsersScreen = () => <ChunkView chunk={screens}>{({ UsersScreen: Screen }) => <Screen />}</ChunkView>;

export const AuditScreen = () => <ChunkView chunk={screens}>{({ AuditScreen: Screen }) => <Screen />}</ChunkView>;

export const InviteScreen = () => <ChunkView chunk={screens}>{({ InviteScreen: Screen }) => <Screen />}</ChunkView>;

export const UserScreen = ({ id }: { id: number }) => (
  <ChunkView chunk={screens}>{({ UserScreen: Screen }) => <Screen id={id} />}</ChunkView>
);
