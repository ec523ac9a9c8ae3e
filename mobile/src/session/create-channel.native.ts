import { silentChannel, type Channel } from './channel';

export const createChannel = (): Channel => silentChannel;
