import Svg, { Path } from 'react-native-svg';

import { readQrSvg } from './qr-svg';
import type { QrCodeProps } from './qr-code.web';

export function QrCode({ svg, label, size }: QrCodeProps) {
  const drawing = readQrSvg(svg);
  if (!drawing) return null;
  return (
    <Svg width={size} height={size} viewBox={drawing.viewBox} role="img" aria-label={label}>
      <Path d={drawing.ground} fill="#FFFFFF" />
      <Path d={drawing.modules} fill="#000000" />
    </Svg>
  );
}
