/** Files with secrets or of the machine's users, as a wildcard may mean them. The home of anybody is "~". */
const sensitiveFiles: readonly string[] = [
  "/etc/passwd",
  "/etc/shadow",
  "/etc/gshadow",
  "/etc/sudoers",
  "/proc/self/environ",
  "~/.ssh/id_rsa",
  "~/.ssh/id_ed25519",
  "~/.ssh/id_ecdsa",
  "~/.ssh/authorized_keys",
  "~/.aws/credentials",
  "~/.netrc",
  "~/.pgpass",
  "~/.kube/config",
  "~/.docker/config.json",
  "~/.git-credentials",
  "~/.bash_history",
  "~/.npmrc",
];

const home =
  /^(?:\$HOME|\$\{HOME\}|\/root|\/home\/[^/]{1,64}|\/Users\/[^/]{1,64}|~\w{0,32})(?=\/|$)/i;
const longest = 128;

/** Whether a word of a command names a file with secrets, by wildcards or plainly. */
export function namesSensitiveFile(word: string): boolean {
  if (word.length > longest || !/^[/~$]/.test(word)) return false;
  const path = word.replaceAll(/\/{2,}/g, "/").replace(home, "~");
  if (path === "/etc/passwd") return true;
  if (!/[*?[]/.test(path) || !saysEnough(path)) return false;
  const glob = path.replaceAll(/\[[^\]]{1,32}\]/g, "?");
  return sensitiveFiles.some((file) => matchesGlob(file, glob));
}

/** "/etc/*" may mean anything; "/etc/pass*" does not, nor does a way whose directories are hidden. */
function saysEnough(path: string): boolean {
  const parts = path.split("/");
  const letters = (part: string) => part.replaceAll(/\[[^\]]*\]|[^A-Za-z]/g, "").length;
  if (letters(parts.at(-1) ?? "") >= 2) return true;
  const isHidden = parts.slice(0, -1).some((part) => /[*?[]/.test(part));
  return isHidden && letters(path) >= 2;
}

function matchesGlob(text: string, glob: string): boolean {
  const [names, globs] = [text.split("/"), glob.split("/")];
  return (
    names.length === globs.length &&
    names.every((name, index) => matchesPart(name, globs[index] ?? ""))
  );
}

/** Both are short. */
function matchesPart(name: string, glob: string): boolean {
  const [first = "", ...others] = glob.split("*");
  const last = others.pop();
  if (last === undefined) return fits(name, first, 0) && name.length === first.length;
  if (!fits(name, first, 0)) return false;
  let at = first.length;
  for (const part of others) {
    while (at <= name.length && !fits(name, part, at)) at += 1;
    at += part.length;
  }
  return at + last.length <= name.length && fits(name, last, name.length - last.length);
}

function fits(name: string, part: string, at: number): boolean {
  if (at + part.length > name.length) return false;
  return [...part].every((sign, index) => sign === "?" || sign === name[at + index]);
}

const wide =
  /^(?:\/|\/\*|\/(?:etc|usr|var|home|bin|sbin|boot|lib|lib64|opt|root|srv|Users|System)(?:\/\*?)?|~(?:\/\*?)?|[A-Za-z]:\\(?:\*|Users|Windows)?)$/i;

/** Whether deleting all below it takes a machine, or all that somebody has. */
export function isWide(word: string): boolean {
  if (word.length > longest) return false;
  const path = word.replaceAll(/\/{2,}/g, "/").replace(/^(?:\$HOME|\$\{HOME\})/i, "~");
  return wide.test(path);
}

/** Whether the machine does not start, or lets nobody in, without it. */
export function isVital(word: string): boolean {
  return /^\/(?:etc\/(?:passwd|shadow|gshadow|group|sudoers|fstab)$|boot\/|bin\/|sbin\/|usr\/s?bin\/|lib(?:64)?\/|dev\/(?:sd|nvme|hd|mem)\w*$)/.test(
    word,
  );
}
