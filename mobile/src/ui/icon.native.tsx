import Svg, { Path } from 'react-native-svg';

import { glyphs } from './glyphs';
import type { IconProps } from './icon.web';
import { useTheme } from './theme';

export function Icon({ glyph, size = 20, tone = 'text' }: IconProps) {
  const { colors } = useTheme();
  return (
    <Svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke={colors[tone]}
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
    >
      {glyphs[glyph].map((path) => (
        <Path key={path} d={path} />
      ))}
    </Svg>
  );
}
