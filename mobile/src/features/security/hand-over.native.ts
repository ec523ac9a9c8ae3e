import { Share } from 'react-native';

/** Opens the sheet of the system, in which one can copy a text, save it, or send it to a password manager. */
export async function handOver(text: string): Promise<boolean> {
  try {
    await Share.share({ message: text });
    return true;
  } catch {
    return false;
  }
}
