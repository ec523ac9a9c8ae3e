import { useLocalSearchParams } from 'expo-router';

import { NotFoundPage } from '@/features/shell/not-found-screen';
import { UserScreen } from '@/features/users/user-screen';

export default function UserRoute() {
  const { id } = useLocalSearchParams<{ id: string }>();
  return /^\d+$/.test(id) ? <UserScreen id={Number(id)} /> : <NotFoundPage />;
}
