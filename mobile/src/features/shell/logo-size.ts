/** A logo of any shape up to 3:1 is as high as the mark that it replaces. */
export const MAX_HEIGHT = 36;
export const MAX_WIDTH = 3 * MAX_HEIGHT;
