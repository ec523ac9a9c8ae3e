/** Lets a browser's password manager know whose password is being changed. */
export const UsernameForManagers = ({ email }: { email: string }) => (
  <input type="text" autoComplete="username" value={email} readOnly hidden />
);
