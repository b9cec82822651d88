/** What a name tells of an argument beyond its kind. */
export interface NameTraits {
  /** A password or the like. */
  readonly isSecret: boolean;
  /** By it a server chooses what of its own it puts into a page. */
  readonly isIncluded: boolean;
  /** A text of a line, which pages, mails and queries show or keep as it is. */
  readonly isShown: boolean;
  /** What stands behind a line of its own begins the next header. */
  readonly isHeader: boolean;
}

const secret = /(?:^|[a-z_-])(?:pass(?:word|wd|phrase|code)?|pwd|secret|pin|otp)$/i;
const included =
  /(?:^|[a-z_-])(?:template|tpl|include|included|inc|layout|theme|skin|module|plugin|widget|partial|locale|lang)$/i;
const shown = /(?:^|[a-z_-])(?:title|subject|headline|caption|heading|values?)$|header/i;
const header = /(?:^|[a-z_-])(?:title|subject|headline|caption|heading)$|header/i;

const known = new Map<string, NameTraits>();
const maxKnown = 5_000;

/** The same for the same name. */
export function traitsOfName(name: string): NameTraits {
  const before = known.get(name);
  if (before) return before;
  const end = name.slice(-100);
  const traits = {
    isSecret: secret.test(end),
    isIncluded: included.test(end),
    isShown: shown.test(end),
    isHeader: header.test(end),
  };
  if (known.size < maxKnown && name.length <= 100) known.set(name, traits);
  return traits;
}
