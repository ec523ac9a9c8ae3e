import { readQrSvg } from './qr-svg';

export type QrCodeProps = { svg: string; label: string; size: number };

/** Black on white in both schemes, since not every camera reads the reverse. */
export function QrCode({ svg, label, size }: QrCodeProps) {
  const drawing = readQrSvg(svg);
  if (!drawing) return null;
  return (
    <svg width={size} height={size} viewBox={drawing.viewBox} shapeRendering="crispEdges" role="img" aria-label={label}>
      <path d={drawing.ground} fill="#fff" />
      <path d={drawing.modules} fill="#000" />
    </svg>
  );
}
