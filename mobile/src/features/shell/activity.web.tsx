/** What happened to one's own account: a script of its own, since few visits ask for it. */
import { createChunk } from './chunk';
import { ChunkView } from './chunk-view';

const screens = createChunk(() => import('./activity-screens'));

export const ActivityScreen = () => <ChunkView chunk={screens}>{({ ActivityScreen: Screen }) => <Screen />}</ChunkView>;
