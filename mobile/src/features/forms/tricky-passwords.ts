/**
 * Passwords that a naive rule misjudges, for tests. What the service says of each is compared with
 * the service itself in e2e/account.spec.ts.
 */

type Tricky = {
  what: string;
  /** What stands before the @ in the address. */
  name: string;
  password: string;
  /** Only the server can know that one is common. */
  verdict: 'taken' | 'short' | 'long' | 'name' | 'common';
};

const wide = (text: string) => text.replace(/[!-~]/g, (sign) => String.fromCodePoint(sign.charCodeAt(0) + 0xfee0));

export const trickyPasswords: Tricky[] = [
  { what: 'emoji of two halves each', name: 'ada', password: '🔑🗝🔒🔓', verdict: 'short' },
  { what: 'eight emoji', name: 'ada', password: '🔑🗝🔒🔓🚪🏠🛡🧷', verdict: 'taken' },
  { what: 'two families of joined emoji', name: 'ada', password: '👨‍👩‍👧‍👦👨‍👩‍👧', verdict: 'taken' },
  { what: 'four flags', name: 'ada', password: '🇩🇪🇫🇷🇮🇹🇪🇸', verdict: 'taken' },
  { what: '128 emoji', name: 'ada', password: '🔑🗝🔒🔓'.repeat(32), verdict: 'taken' },
  { what: '129 emoji', name: 'ada', password: `${'🔑🗝🔒🔓'.repeat(32)}🚪`, verdict: 'long' },
  { what: 'four ligatures that unfold into twelve letters', name: 'ada', password: 'ﬃ7ﬄﬃ', verdict: 'short' },
  { what: 'eight signs with ligatures', name: 'ada', password: 'ﬃ2Ω7ﬁxℌq', verdict: 'taken' },
  { what: 'one sign that unfolds into 18', name: 'ada', password: '\ufdfa', verdict: 'short' },
  { what: 'eight signs that unfold into 144', name: 'ada', password: '\ufdfa'.repeat(8), verdict: 'long' },
  { what: 'eight code points that compose to seven', name: 'ada', password: 'cafe\u0301-7x', verdict: 'short' },
  { what: 'nine code points that compose to eight', name: 'ada', password: 'cafe\u0301-7xq', verdict: 'taken' },
  { what: '129 code points that compose to 86', name: 'ada', password: 'e\u03017'.repeat(43), verdict: 'long' },
  { what: '128 accented letters and digits', name: 'ada', password: 'ñ7'.repeat(64), verdict: 'taken' },
  { what: 'halfwidth katakana that compose to five', name: 'ada', password: 'ｶﾞｷﾞｸﾞｹﾞｺ', verdict: 'short' },
  { what: 'jamo that compose to three syllables', name: 'ada', password: '한글비'.normalize('NFD'), verdict: 'short' },
  { what: 'jamo that compose to eight syllables', name: 'ada', password: '한글비밀번호열쇠'.normalize('NFD'), verdict: 'taken' },
  { what: 'blanks of three kinds', name: 'ada', password: 'a\u00a0b\u3000c d7q', verdict: 'taken' },
  { what: 'a common one in full width', name: 'ada', password: wide('password'), verdict: 'common' },
  { what: 'the name in full width', name: 'ada', password: `xKq7-${wide('ada')}-92w`, verdict: 'name' },
  { what: 'all of it in full width', name: 'ada', password: wide('xKq7-ADA-92w'), verdict: 'name' },
  { what: 'the name in circles', name: 'ada', password: 'xKq7-ⒶⒹⒶ-92w', verdict: 'name' },
  { what: 'the name in bold mathematical letters', name: 'ada', password: 'xKq7-𝐚𝐝𝐚-92w', verdict: 'name' },
  { what: 'the name with an accent', name: 'ada', password: 'xKq7-A\u0301DA-92w', verdict: 'taken' },
  { what: 'the name with a Kelvin sign', name: 'kim', password: 'xq7-\u212aIM-92w', verdict: 'name' },
  { what: 'the name with a long s', name: 'sam', password: 'xq7-ſam-92w', verdict: 'name' },
  { what: 'the name in a ligature', name: 'affi', password: 'xq7-Aﬃ-92wz', verdict: 'name' },
  { what: 'the name with a dotted capital I', name: 'ian', password: 'xq7-İAN-92w', verdict: 'taken' },
  { what: 'the name with a sharp s', name: 'strasse', password: 'xq7-Straße-92w', verdict: 'taken' },
  { what: 'a name of two letters', name: 'al', password: 'xKq7-AL-92w', verdict: 'taken' },
  { what: 'a name in capitals', name: 'ADA', password: 'xKq7-ada-92w', verdict: 'name' },
];
