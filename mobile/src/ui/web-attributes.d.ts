/** Attributes that React Native Web passes on to the page and React Native's types do not list. */
import 'react-native';

declare module 'react-native' {
  /* eslint-disable @typescript-eslint/consistent-type-definitions -- merging needs an interface */
  interface AccessibilityProps {
    'aria-describedby'?: string | undefined;
    'aria-invalid'?: boolean | undefined;
    'aria-required'?: boolean | undefined;
    'aria-current'?: 'page' | undefined;
    'aria-pressed'?: boolean | undefined;
    'aria-atomic'?: boolean | undefined;
    'aria-level'?: number | undefined;
    tabIndex?: 0 | -1 | undefined;
  }
  interface PressableStateCallbackType {
    readonly hovered?: boolean;
    readonly focused?: boolean;
  }
}
