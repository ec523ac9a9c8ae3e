import { send } from '@/api/client';

/** Closes one's own account; the service asks for the password, as it does before other such changes. */
export function deactivateSelf(id: number, currentPassword: string): Promise<void> {
  return send({ url: `/api/v1/users/${id}`, method: 'delete', data: { current_password: currentPassword } });
}
