import { silentChannel, type Channel } from '../engine/channel';

export const createChannel = (): Channel => silentChannel;
