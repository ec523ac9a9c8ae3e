import { glyphs, type Glyph } from './glyphs';
import { useTheme, type Colors } from './theme';

export type IconProps = { glyph: Glyph; size?: number; tone?: keyof Colors };

/** Decoration only: the words beside it carry the meaning. */
export function Icon({ glyph, size = 20, tone = 'text' }: IconProps) {
  const { colors } = useTheme();
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke={colors[tone]}
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className="icon"
    >
      {glyphs[glyph].map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  );
}
