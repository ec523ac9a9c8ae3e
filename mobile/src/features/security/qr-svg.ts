/** The service's QR codes: a view box, and two paths, the white ground and the black modules. */

export type Drawing = { viewBox: string; ground: string; modules: string };

/** Reads such a drawing; null for any other, and where a text was too long for a code. */
export function readQrSvg(svg: string): Drawing | null {
  const viewBox = /\sviewBox="([\d ]+)"/.exec(svg)?.[1];
  const [ground, modules] = [...svg.matchAll(/\sd="([MhvzHV\d -]+)"/g)].map(([, path]) => path);
  return viewBox && ground && modules ? { viewBox, ground, modules } : null;
}
