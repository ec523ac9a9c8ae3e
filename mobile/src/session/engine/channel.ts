/** News between copies of the app that share one session. */

export type ChannelMessage =
  | { type: 'refreshed'; expiresIn: number }
  | { type: 'signed-in'; expiresIn: number }
  | { type: 'ended'; reason: 'signed-out' | 'deleted' | 'elsewhere' };

export type Channel = {
  post(message: ChannelMessage): void;
  listen(hear: (message: ChannelMessage) => void): () => void;
};

/** For a platform with a single copy: nobody to tell, nothing to hear. */
export const silentChannel: Channel = {
  post: () => undefined,
  listen: () => () => undefined,
};
