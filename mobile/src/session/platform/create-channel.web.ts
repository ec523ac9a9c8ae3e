import { silentChannel, type Channel, type ChannelMessage } from '../engine/channel';

/** Other tabs of this origin. A BroadcastChannel does not hear itself, so nothing echoes. */
export function createChannel(): Channel {
  if (typeof BroadcastChannel === 'undefined') return silentChannel;
  const wire = new BroadcastChannel('latchkey-session');
  return {
    post: (message) => wire.postMessage(message),
    listen(hear) {
      const onMessage = (event: MessageEvent<ChannelMessage>) => hear(event.data);
      wire.addEventListener('message', onMessage);
      return () => wire.removeEventListener('message', onMessage);
    },
  };
}
