/** The design's vocabulary: colours for both schemes, one spacing scale, one type scale. */
import { createContext, use } from 'react';

export type Scheme = 'light' | 'dark';

const light = {
  canvas: '#F5F7F6',
  surface: '#FFFFFF',
  sunken: '#EDF1EF',
  line: '#DCE3E0',
  lineStrong: '#7D8983',
  text: '#14201B',
  muted: '#52605A',
  accent: '#0B6B57',
  accentStrong: '#075343',
  accentSoft: '#DFF1EB',
  onAccent: '#FFFFFF',
  danger: '#B3261E',
  dangerStrong: '#8C1D17',
  dangerSoft: '#FCECEA',
  onDanger: '#FFFFFF',
  warning: '#7A4A00',
  warningSoft: '#FDF0DA',
  overlay: 'rgba(10, 20, 16, 0.45)',
  shadow: 'rgba(16, 40, 32, 0.10)',
};

export type Colors = Record<keyof typeof light, string>;

const dark: Colors = {
  canvas: '#0D1311',
  surface: '#151C19',
  sunken: '#1D2622',
  line: '#2A3530',
  lineStrong: '#75847D',
  text: '#E9F0ED',
  muted: '#A2B0A9',
  accent: '#58D0AF',
  accentStrong: '#82E0C6',
  accentSoft: '#12352C',
  onAccent: '#04231A',
  danger: '#FF9A8F',
  dangerStrong: '#FFB9B1',
  dangerSoft: '#391A18',
  onDanger: '#33060A',
  warning: '#F1BF6E',
  warningSoft: '#342711',
  overlay: 'rgba(0, 0, 0, 0.62)',
  shadow: 'rgba(0, 0, 0, 0.5)',
};

export const palettes: Record<Scheme, Colors> = { light, dark };

export const space = { xxs: 4, xs: 8, sm: 12, md: 16, lg: 24, xl: 32, xxl: 48 } as const;

export const radius = { sm: 8, md: 12, lg: 18, round: 999 } as const;

/** Content wider than this is no easier to read. */
export const measure = { form: 420, page: 760, wide: 1080 } as const;

/** From here on there is room for a sidebar. */
export const WIDE_FROM = 900;

/** Big enough for a thumb (WCAG 2.5.8 asks for 24, platforms for 44). */
export const TOUCH = 44;

export type Theme = { scheme: Scheme; colors: Colors };

export const ThemeContext = createContext<Theme>({ scheme: 'light', colors: light });

export const useTheme = (): Theme => use(ThemeContext);
