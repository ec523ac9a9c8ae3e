/** A fade is what the systems themselves show where less motion is asked for. */
export const overlayAnimation = (): 'fade' | 'none' => 'fade';
