import { addTexts } from '../add-texts';
import { de } from './de';
import { en } from './en';

addTexts({ en, de });
