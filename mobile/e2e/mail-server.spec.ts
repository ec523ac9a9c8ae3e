/** The story of an account with a real mail server in between. */
import { tellStory, test } from './support/mail-story';

test.use({ hasMailServer: true });

tellStory();
