import { Slot } from 'expo-router';

/** One page at a time: the browser's own history is the stack. */
export const Navigator = () => <Slot />;
