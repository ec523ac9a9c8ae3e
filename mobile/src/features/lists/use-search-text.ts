import { useEffect, useState } from 'react';

const PAUSE_MS = 200;

/**
 * The text of a search field whose settled value lives in the address: typing is handed on once it
 * pauses, and an address that changes otherwise, by a link or by going back, fills the field.
 */
export function useSearchText(settled: string, onSettle: (text: string) => void) {
  const [text, setText] = useState(settled);
  const [seen, setSeen] = useState(settled);
  const [sent, setSent] = useState(settled);

  if (settled !== seen) {
    setSeen(settled);
    if (settled !== sent) setText(settled);
  }

  useEffect(() => {
    const next = text.trim();
    if (next === settled) return;
    const timer = setTimeout(() => {
      setSent(next);
      onSettle(next);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, settled, onSettle]);

  return [text, setText] as const;
}
