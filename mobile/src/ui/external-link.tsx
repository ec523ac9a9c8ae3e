import { Link, type Href } from 'expo-router';

import { useLinkStyle } from './text-link';

/** Leads out of the app, in a browser tab of its own. */
export function ExternalLink({ url, children }: { url: string; children: string }) {
  const style = useLinkStyle();
  return (
    <Link href={url as Href} target="_blank" rel="noopener noreferrer" style={style}>
      {children}
    </Link>
  );
}
