import { useLocalSearchParams } from 'expo-router';

import { UserScreen } from '@/features/shell/administration';
import { NotFoundPage } from '@/features/shell/not-found-screen';

export default function UserRoute() {
  const { id } = useLocalSearchParams<{ id: string }>();
  return /^\d+$/.test(id) ? <UserScreen id={Number(id)} /> : <NotFoundPage />;
}
