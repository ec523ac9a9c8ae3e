/** A palette with somebody's own accent, made darker or lighter until it can be read. */
import type { Colors, Scheme } from './theme';

type Rgb = [number, number, number];

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];

/** WCAG 1.4.3 asks for 4.5 to 1; a little more makes up for rounding. */
const READABLE = 4.6;
const STEP = 0.04;

export function withAccent(colors: Colors, accent: string | null | undefined, scheme: Scheme): Colors {
  if (!accent) return colors;
  const pole = scheme === 'light' ? BLACK : WHITE;
  const soft = mix(parse(accent), parse(colors.surface), scheme === 'light' ? 0.88 : 0.78);
  const grounds = [colors.canvas, colors.surface, colors.sunken].map(parse).concat([soft]);
  const readable = pushed(parse(accent), pole, (tone) => grounds.every((ground) => contrast(tone, ground) >= READABLE));
  const onAccent = contrast(readable, WHITE) >= READABLE ? WHITE : BLACK;
  return {
    ...colors,
    accent: format(readable),
    accentStrong: format(mix(readable, pole, 0.25)),
    accentSoft: format(soft),
    onAccent: format(onAccent),
  };
}

/** Towards the pole in small steps, as far as needed. */
function pushed(tone: Rgb, pole: Rgb, isGood: (tone: Rgb) => boolean): Rgb {
  for (let share = 0; share < 1; share += STEP) {
    const next = mix(tone, pole, share);
    if (isGood(next)) return next;
  }
  return pole;
}

const parse = (hex: string): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb;

const format = (rgb: Rgb): string => `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`.toUpperCase();

const mix = (from: Rgb, to: Rgb, share: number): Rgb => from.map((part, index) => part + ((to[index] ?? 0) - part) * share) as Rgb;

/** WCAG 2.2, "contrast ratio". */
export function contrast(one: Rgb, other: Rgb): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(rgb: Rgb): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
