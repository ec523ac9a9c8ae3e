/** The sizes and schemes of the pictures. */
import path from 'node:path';

import type { BrowserContextOptions } from '@playwright/test';

/** Where the pictures are kept. */
export const FOLDER = process.env.SCREENSHOTS_DIR ?? path.join(process.cwd(), '../docs/screenshots');

const SIZES = [
  { size: '390', viewport: { width: 390, height: 844 }, isMobile: true },
  { size: '1280', viewport: { width: 1280, height: 800 }, isMobile: false },
];

/** How a picture is taken, and what its file's name ends in. */
export type Look = { suffix: string; options: BrowserContextOptions };

export const looks: Look[] = SIZES.flatMap(({ size, ...screen }) =>
  (['light', 'dark'] as const).map((colorScheme) => ({
    suffix: colorScheme === 'dark' ? `${size}-dark` : size,
    options: { ...screen, colorScheme, deviceScaleFactor: 1, locale: 'en-GB' },
  })),
);

/** Where the picture of a screen is kept. */
export const pictureOf = (name: string, { suffix }: Look): string => path.join(FOLDER, `${name}-${suffix}.png`);
