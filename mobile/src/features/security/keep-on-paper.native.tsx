/** The sheet that a phone opens for sharing can save and print. */
export const KeepOnPaper = (_: { text: string }) => null;
