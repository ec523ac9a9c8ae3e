/** Everybody's password here; long and odd enough for every rule. */
export const PASSWORD = 'violet-harbour-41-lantern';
