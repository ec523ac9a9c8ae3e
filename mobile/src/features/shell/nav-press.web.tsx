import { PressableLink } from '@/ui';

import type { NavPressProps } from './nav-press.native';

export const NavPress = ({ item, isHere, ...rest }: NavPressProps) => (
  <PressableLink href={item.href} isCurrentPage={isHere} {...rest} />
);
