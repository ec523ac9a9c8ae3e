/** Makes every key that `t` is given a key that exists. */
import 'i18next';

import type { en as account } from './account/en';
import type { en as administration } from './administration/en';
import type { en } from './en';
import type { en as mail } from './mail/en';
import type { en as passkeys } from './passkeys/en';
import type { en as security } from './security/en';

declare module 'i18next' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- merging needs an interface
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en & typeof account & typeof administration & typeof mail & typeof passkeys & typeof security };
  }
}
