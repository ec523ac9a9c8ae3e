/** For the component tests: messages in English, whatever this machine speaks. */
import { startI18n } from '@/i18n/start';

startI18n('en');
