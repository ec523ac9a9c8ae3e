import type { LogoProps } from './logo.native';
import { MAX_HEIGHT, MAX_WIDTH } from './logo-size';

/** Not React Native's image, which costs every visitor more than this. */
export function Logo({ url, name, onMissing }: LogoProps) {
  return (
    <img
      src={url}
      alt={name}
      referrerPolicy="no-referrer"
      onError={onMissing}
      style={{ display: 'block', height: MAX_HEIGHT, maxWidth: MAX_WIDTH, objectFit: 'contain', objectPosition: 'left' }}
    />
  );
}
