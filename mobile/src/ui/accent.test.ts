import { contrast, withAccent } from './accent';
import { palettes, type Scheme } from './theme';

const parse = (hex: string) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
const between = (one: string, other: string) => contrast(parse(one), parse(other));

describe.each<Scheme>(['light', 'dark'])('in the %s scheme', (scheme) => {
  it.each(['#000000', '#FFFFFF', '#FFE600', '#336699', '#FF0000', '#00FF88', '#7A3CFF', '#808080'])('%s can be read', (accent) => {
    const colors = withAccent(palettes[scheme], accent, scheme);
    for (const ground of [colors.canvas, colors.surface, colors.sunken, colors.accentSoft]) {
      expect(between(colors.accent, ground)).toBeGreaterThanOrEqual(4.5);
    }
    expect(between(colors.onAccent, colors.accent)).toBeGreaterThanOrEqual(4.5);
    expect(between(colors.onAccent, colors.accentStrong)).toBeGreaterThanOrEqual(4.5);
    expect(between(colors.text, colors.accentSoft)).toBeGreaterThanOrEqual(4.5);
  });

  it('stays as it is without one', () => {
    expect(withAccent(palettes[scheme], null, scheme)).toBe(palettes[scheme]);
  });
});
