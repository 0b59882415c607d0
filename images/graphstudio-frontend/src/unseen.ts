/**
 * Characters that no font draws or that change the direction of text. Joiners and variation selectors are left alone where
 * emoji and scripts need them: they count after letters and digits of scripts that have no use for them.
 */
const UNSEEN =
  /([\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0]|(?<=^|[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{P}\p{Z}])[\u200c\u200d\ufe00-\ufe0f])/u;

const codeOf = (character: string) =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** A name in parts: each second one is the code of a character that would not be seen. */
export const partsOf = (name: string): string[] =>
  name.split(UNSEEN).map((part, index) => (index % 2 === 0 ? part : codeOf(part)));

/** A name where no markup is possible, such as in a list of choices. */
export const plainName = (name: string): string => partsOf(name).join("");
