import { readQrSvg } from './qr-svg';

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29" shape-rendering="crispEdges">' +
  '<path fill="#fff" d="M0 0h29v29h-29z"/><path d="M4 4h7v1h-7zM12 4h2v1h-2z"/></svg>';

it('reads the drawing of the service', () => {
  expect(readQrSvg(SVG)).toEqual({ viewBox: '0 0 29 29', ground: 'M0 0h29v29h-29z', modules: 'M4 4h7v1h-7zM12 4h2v1h-2z' });
});

it('draws nothing that it does not know', () => {
  expect(readQrSvg('')).toBeNull();
  expect(readQrSvg('<svg viewBox="0 0 29 29"><circle r="3"/></svg>')).toBeNull();
  expect(readQrSvg(SVG.replace('M4 4h7', 'url(evil)'))).toBeNull();
});
