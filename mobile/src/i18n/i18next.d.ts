/** Makes every key that `t` is given a key that exists. */
import 'i18next';

import type { en as activity } from './activity/en';
import type { en as administration } from './administration/en';
import type { en } from './en';
import type { en as passkeys } from './passkeys/en';
import type { en as security } from './security/en';

declare module 'i18next' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- merging needs an interface
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en & typeof activity & typeof administration & typeof passkeys & typeof security };
  }
}
