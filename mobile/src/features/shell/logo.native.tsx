import { Image } from 'react-native';

import { MAX_HEIGHT, MAX_WIDTH } from './logo-size';

export type LogoProps = {
  url: string;
  /** The product's name, for whoever does not see the picture. */
  name: string;
  onMissing: () => void;
};

export function Logo({ url, name, onMissing }: LogoProps) {
  return (
    <Image
      source={{ uri: url }}
      accessibilityLabel={name}
      accessible
      resizeMode="contain"
      onError={onMissing}
      style={{ width: MAX_WIDTH, height: MAX_HEIGHT }}
    />
  );
}
