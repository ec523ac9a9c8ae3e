import { Redirect } from 'expo-router';

/** The account page stands at the root; its children's parent leads there. */
export default function AccountRoute() {
  return <Redirect href="/" />;
}
