/** Phones ask the owner which account a new password is for. */
export const UsernameForManagers = (_props: { email: string }) => null;
