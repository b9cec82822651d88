import { separator, shellWords } from "./shell-words.ts";

const dangers: readonly (readonly [name: string, shape: RegExp])[] = [
  [
    "pipe-to-interpreter",
    /\|\s{0,4}(?:sudo\s{1,4}(?:-\w+\s{1,4})?)?(?:\S{0,40}\/)?(?:(?:ba|da|z|k|c|tc|a)?sh|python[\d.]*|perl|ruby|node|php|pwsh|powershell(?:\.exe)?|iex|osascript)\b(?!\s{0,4}[-.=]\w+\.(?:json|txt|log))/i,
  ],
  [
    "pipe-to-interpreter",
    /\b(?:ba|z|k|da)?sh\s{1,4}(?:-c\s{1,4})?["']?(?:<\(|\$\()\s{0,4}(?:curl|wget)|\beval\s{1,4}["']?(?:\$\(|`)/i,
  ],
  [
    "substitution",
    /(?:\$\(|`)\s{0,4}(?:\S{0,40}\/)?(?:curl|wget|nc|ncat|base64|cat|env|printenv|whoami|id|xxd|openssl|python\d?|perl|ruby|php|sh|bash)\b/i,
  ],
  [
    "destructive",
    /\brm\s{1,4}(?:-{1,2}[\w-]+\s{1,4})*-(?:\w*r\w*f|\w*f\w*r|-recursive|-force)\w*\s{1,4}(?:-\S+\s{1,4})*["']?(?:\/(?:\s|\*|$|["'])|\/(?:etc|usr|var|home|bin|boot|lib|opt|root|srv|Users)\b\/?\*?(?:\s|$)|~\/?(?:\s|\*|$)|\$HOME\/?(?:\s|\*|$)|\*(?:\s|$)|\.(?:\s|\/?\*|$))/i,
  ],
  [
    "destructive",
    /\b(?:mkfs(?:\.\w+)?\s|wipefs\b|dd\s{1,4}[^|;]{0,100}\bof=\/dev\/|shred\s{1,4}[^|;]{0,60}\/dev\/|format\s{1,4}[a-z]:|diskpart\b|rd\s{1,4}\/s|del\s{1,4}\/[sfq]\b|chmod\s{1,4}(?:-\w+\s{1,4})*0?777\s{1,4}\/(?:\s|$)|vssadmin\s{1,4}delete|cipher\s{1,4}\/w)|>\s{0,4}\/dev\/(?:sd|nvme|hd|mem)|:\(\)\s{0,4}\{\s{0,4}:\s{0,4}\|\s{0,4}:/i,
  ],
  [
    "reverse-shell",
    /\/dev\/(?:tcp|udp)\/|\b(?:nc|ncat|netcat)(?:\.\w+)?\s{1,4}(?:[^|;&]{0,100}\s)?-\w*[ec]\w*\s|\bmkfifo\s[^|]{0,100}\|?.{0,100}\bnc\b|socat\s.{0,120}exec:|bash\s{1,4}-i\s{0,4}[>&]|socket\.socket\(.{0,300}(?:dup2|subprocess)|pty\.spawn/i,
  ],
  [
    "sensitive-file",
    /(?:^|[\s"'=@:<])(?:~|\$HOME|\/root|\/home\/[\w.-]+|\/Users\/[\w.-]+)\/\.(?:ssh\/(?:id_\w+|identity)|aws\/credentials|netrc|pgpass|docker\/config|kube\/config|gnupg|npmrc|git-credentials|bash_history)\b|\/etc\/(?:shadow|gshadow|sudoers|master\.passwd)|\/proc\/(?:self|\d+)\/environ|\/run\/secrets\/|\bNTDS\.dit\b|\\config\\SAM\b/i,
  ],
  [
    "exfiltration",
    /\bcurl\b[^|;&]{0,300}\s(?:-d|--data(?:-\w+)?|-F|--form|-T|--upload-file)[\s=]*["']?(?:[^@\s"']{0,60}=)?@|\bwget\b[^|;&]{0,300}--(?:post|body)-file|\b(?:scp|rsync)\s[^|;&]{0,200}(?:\.ssh|\.aws|\/etc\/)|\b(?:env|printenv|cat\s[^|]{1,200})\s{0,4}\|\s{0,4}(?:base64[^|]{0,60}\|\s{0,4})?(?:curl|wget|nc|ncat|mail)\b/i,
  ],
  [
    "obfuscation",
    /\$\{?IFS|\b\w{1,8}(?:''|""|\\)\w{1,8}\s{1,4}\/(?:etc|root|proc|home)|base64\s{1,4}(?:-d|--decode|-D)\b[^|;]{0,80}\|\s{0,4}(?:ba|z|k|da)?sh|\$'(?:\\x[0-9a-f]{2}|\\[0-7]{3}){3}|\/\?{2,}\/[\w?]{2,}|\bxxd\s{1,4}-r\b.{0,40}\|\s{0,4}\w*sh|-(?:e|en|enc|enco\w*)\s{1,4}[A-Za-z0-9+/]{40}|FromBase64String\(/i,
  ],
  [
    "persistence",
    />>?\s{0,4}(?:~|\$HOME|\/root|\/home\/[\w.-]+)\/\.(?:bashrc|zshrc|profile|bash_profile|ssh\/authorized_keys)|>>?\s{0,4}\/etc\/(?:cron|passwd|sudoers|ld\.so\.preload|rc\.local|hosts)|\bcrontab\s{1,4}-(?!l\b)\S{0,20}|\b(?:useradd|adduser)\b.{0,60}(?:-o|-u\s{0,4}0)\b/i,
  ],
];

/** More of the same names: one pattern for all would be hard to read. */
const furtherDangers: typeof dangers = [
  [
    "pipe-to-interpreter",
    /\b(?:iex|invoke-expression)\b.{0,120}(?:downloadstring|webrequest|webclient|\birm\b|\biwr\b)/i,
  ],
  [
    "destructive",
    /(?:^|[;&|]\s?)(?:sudo\s)?(?:shutdown|reboot|poweroff|halt)(?:\s{1,4}(?:-|now)|\s{0,4}$)|\bkill\s{1,4}-9\s{1,4}-1\b/i,
  ],
  ["reverse-shell", /\buse\s+Socket\b|IO::Socket|\bfsockopen\(|TCPSocket\.(?:open|new)/],
  [
    "sensitive-file",
    /(?:~|\$HOME|\/root|\/home\/[\w.-]+)\/\.(?:ssh|aws|gnupg|kube)\/?(?:\s|$|["'*|;])/,
  ],
  [
    "exfiltration",
    /\|\s{0,4}(?:curl|wget)\b[^|;&]{0,200}(?:-T\s?-|@-|--upload-file\s-|--post-file=-)|\|\s{0,4}(?:nc|ncat|netcat)\s{1,4}[\w.-]+\s{1,4}\d/i,
  ],
];

const assignment = /^[A-Za-z_]\w*=/;
const wrappers: ReadonlySet<string> = new Set([
  "sudo",
  "time",
  "nohup",
  "env",
  "exec",
  "command",
  "nice",
  "builtin",
]);
const reserved: ReadonlySet<string> = new Set([
  "if",
  "then",
  "else",
  "elif",
  "fi",
  "for",
  "while",
  "until",
  "do",
  "done",
  "case",
  "esac",
  "in",
  "{",
  "}",
  "(",
  ")",
  "!",
]);

/** Why a command line may not run, as the ends of rules' names. `allowed`: programs; empty means any. */
export function findShellProblems(command: string, allowed: readonly string[]): readonly string[] {
  const source = command.normalize("NFKC").replaceAll(/\\\r?\n/g, " ");
  const unpadded = source.replaceAll(/(\s)\s{3,}/g, "$1");
  const problems = [...dangers, ...furtherDangers]
    .filter(([, shape]) => shape.test(unpadded))
    .map(([name]) => name);
  if (allowed.length > 0 && !programsOf(source).every((name) => allowed.includes(name))) {
    problems.push("command");
  }
  return [...new Set(problems)];
}

/** The programs that a command line runs. What cannot be told, such as a program in a variable, is named as it stands. */
function programsOf(source: string): readonly string[] {
  const programs: string[] = [];
  let expects = true;
  for (const word of shellWords(source)) {
    if (word === separator) expects = true;
    else if (expects && !assignment.test(word) && !reserved.has(word)) {
      const name = word.slice(word.lastIndexOf("/") + 1);
      programs.push(name);
      expects = wrappers.has(name);
    }
  }
  return programs;
}
