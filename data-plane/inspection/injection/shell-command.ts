import { inPlainLetters } from "../../../core/text/plain-letters.ts";
import { mayMatch, requiredSigns, signsIn } from "./required-signs.ts";
import { shellCommands } from "./shell-commands.ts";
import { judgeCommands, plainLine } from "./shell-judgments.ts";
import { separator, shellWords } from "./shell-words.ts";

const dangers: readonly (readonly [name: string, shape: RegExp])[] = [
  [
    "pipe-to-interpreter",
    /\|\s{0,4}(?:sudo\s{1,4}(?:-\w+\s{1,4})?)?(?:\S{0,40}\/)?(?:(?:ba|da|z|k|c|tc|a)?sh|python[\d.]*|perl|ruby|node|php|pwsh|powershell(?:\.exe)?|iex|osascript)\b(?!\s{0,4}[-.=]\w+\.(?:json|txt|log)|(?<=(?:python[\d.]*|perl|ruby|node|php))\s{1,4}(?:-[cemnpr]{1,3}\s|[\w./-]{1,80}\.(?:m?[jt]s|php|p[ly]|rb)\b))/i,
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
    /\brm\s{1,4}(?:-{1,2}[\w-]{1,24}\s{1,4}){0,6}-(?:\w{0,8}r\w{0,8}f|\w{0,8}f\w{0,8}r|-recursive|-force)\w{0,8}\s{1,4}(?:-\S{1,24}\s{1,4}){0,6}["']?(?:\/(?:\s|\*|$|["'])|\/(?:etc|usr|var|home|bin|boot|lib|opt|root|srv|Users)\b\/?\*?(?:\s|$)|~\/?(?:\s|\*|$)|\$HOME\/?(?:\s|\*|$)|\*(?:\s|$)|\.(?:\s|\/?\*|$))/i,
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
    /(?:^|[\s"'=@:<])(?:~|\$HOME|\/root|\/home\/[\w.-]{1,64}|\/Users\/[\w.-]{1,64})\/\.(?:ssh\/(?:id_\w+|identity)|aws\/credentials|netrc|pgpass|docker\/config|kube\/config|gnupg|npmrc|git-credentials|bash_history)\b|\/etc\/(?:shadow|gshadow|sudoers|master\.passwd)|\/proc\/(?:self|\d+)\/environ|\/run\/secrets\/|\bNTDS\.dit\b|\\config\\SAM\b/i,
  ],
  [
    "exfiltration",
    /\bcurl\b[^|;&]{0,300}\s(?:-d|--data(?:-\w+)?|-F|--form|-T|--upload-file)[\s=]*["']?(?:[^@\s"']{0,60}=)?@(?!(?:\.\/)?[\w-][\w./-]{0,80}\.json\b)|\b(?:curl|wget)\b[^|;&]{0,300}\s(?:-T|--upload-file)[\s=]["']?[^\s"']{0,80}(?:\.env\b|\.ssh|\.aws|id_(?:rsa|ed25519)|\/etc\/|\.npmrc|\.netrc|\.kube|\.pem\b|\.key\b|\.sqlite|shadow)|\b(?:dig|nslookup|host|ping|getent)\b[^|;&\n]{0,80}(?:\$\([^)\n]{1,80}\)|`[^`\n]{1,80}`)\.[\w-]|\bwget\b[^|;&]{0,300}--(?:post|body)-file|\b(?:scp|rsync)\s[^|;&]{0,200}(?:\.ssh|\.aws|\/etc\/)|\b(?:env|printenv|cat\s[^|]{1,200})\s{0,4}\|\s{0,4}(?:base64[^|]{0,60}\|\s{0,4})?(?:curl|wget|nc|ncat|mail)\b/i,
  ],
  [
    "obfuscation",
    /\$\{?IFS|\b\w{1,8}(?:''|""|\\)\w{1,8}\s{1,4}\/(?:etc|root|proc|home)|base64\s{1,4}(?:-d|--decode|-D)\b[^|;]{0,80}\|\s{0,4}(?:ba|z|k|da)?sh|\$'(?:\\x[0-9a-f]{2}|\\[0-7]{3}){3}|\/\?{2,}\/[\w?]{2,}|\bxxd\s{1,4}-r\b.{0,40}\|\s{0,4}\w*sh|-(?:e|en|enc|enco\w*)\s{1,4}[A-Za-z0-9+/]{40}|FromBase64String\(/i,
  ],
  [
    "persistence",
    />>?\s{0,4}(?:~|\$HOME|\/root|\/home\/[\w.-]{1,64})\/\.(?:bashrc|zshrc|profile|bash_profile|ssh\/authorized_keys)|>>?\s{0,4}\/etc\/(?:cron|passwd|sudoers|ld\.so\.preload|rc\.local|hosts)|\bcrontab\s{1,4}-(?!l\b)\S{0,20}|\b(?:useradd|adduser)\b.{0,60}(?:-o|-u\s{0,4}0)\b/i,
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
  [
    "reverse-shell",
    /\/inet\/(?:tcp|udp)\/|\bn(?:c|cat|etcat)\b[^|;&\n]{0,100}\s--(?:sh-|lua-)?exec\b|\buse\s+Socket\b|IO::Socket|\bfsockopen\(|TCPSocket\.(?:open|new)/,
  ],
  [
    "sensitive-file",
    /(?:~|\$HOME|\/root|\/home\/[\w.-]{1,64})\/\.(?:ssh|aws|gnupg|kube)\/?(?:\s|$|["'*|;])/,
  ],
  [
    "exfiltration",
    /\|\s{0,4}(?:curl|wget)\b[^|;&]{0,200}(?:-T\s?-|@-|--upload-file\s-|--post-file=-)|\|\s{0,4}(?:nc|ncat|netcat)\s{1,4}[\w.-]+\s{1,4}\d/i,
  ],
];

/** What needs a program that is no shell to become one, and what opens a machine to others. */
const detours: typeof dangers = [
  [
    "metadata-service",
    /\b169\.254\.(?:169\.254|170\.2)\b|\bmetadata\.google\.internal\b|\b100\.100\.100\.200\b|\[?fd00:ec2::254/i,
  ],
  [
    "obfuscation",
    /\b(?:powershell|pwsh)(?:\.exe)?\b[^|;&\n]{0,100}\s-(?:e|ec|en|enc\w{0,12})\s["']?[A-Za-z0-9+/=]{12}/i,
  ],
  [
    "pipe-to-interpreter",
    /\bcertutil\b[^|;&\n]{0,60}[-/](?:urlcache|verifyctl)|\bbitsadmin\b[^|;&\n]{0,60}\/transfer|\bmshta\s{1,4}["']?(?:https?:|vbscript:|javascript:)|\bregsvr32\b[^|;&\n]{0,60}\/i:http|\brundll32\b[^|;&\n]{0,30}javascript:|\b(?:curl|wget)\b[^|\n]{0,300}(?:&&|;)\s?(?:sudo\s)?chmod\s{1,4}(?:[ugoa]{0,3}\+[rwx]{0,2}x|0?[0-7]?7[0-7]{2})\b/i,
  ],
  [
    "escape",
    /-exec\s{1,4}(?:\/bin\/|\/usr\/bin\/)?(?:ba|da|z|k)?sh\s{1,4}(?:-p\b|\\?;|\{\}\s?\\?;)|\b[gmn]?awk\b[^|\n]{0,60}\bsystem\s?\(|\bcore\.(?:sshcommand|pager|editor|hookspath|fsmonitor)\b\s{0,4}[=\s]\s{0,4}["']?[^\s"']{0,40}(?:sh\b|curl|nc\b|\/tmp\/)|\bLD_(?:PRELOAD|AUDIT)=["']?(?:\/tmp\/|\/dev\/shm\/|\.{1,2}\/)|--checkpoint-action=exec|\bProxyCommand=["']?\s?(?:sh|bash|nc|curl)\b/i,
  ],
  [
    "escape",
    /\bdocker\s{1,4}(?:container\s{1,4})?(?:run|create|exec)\b[^|;&\n]{0,200}(?:--privileged\b|(?:-v|--volume)[=\s]{1,3}\/:|--pid[=\s]host|docker\.sock)|\bnsenter\b[^|;&\n]{0,60}(?:-t|--target)[=\s]{1,3}1\b|\bchroot\s{1,4}\/(?:mnt|host|proc\/1)\b/i,
  ],
  [
    "pipe-to-interpreter",
    /\bNew-Object\s{1,4}(?:System\.)?Net\.(?:WebClient|Sockets)|\bDownload(?:File|String|Data)\s{0,2}\(|\bStart-BitsTransfer\b/i,
  ],
  [
    "persistence",
    /\bchmod\s{1,4}(?:-\w{1,8}\s{1,4}){0,3}(?:[ugoa]{0,4}\+[rwxt]{0,3}s|0?[4-7][0-7]{3})\w{0,4}\s|\breg(?:\.exe)?\s{1,4}add\b[^|;&\n]{0,160}\\(?:Run(?:Once)?|Winlogon|Services|Image File Execution Options)\b|\bnet1?(?:\.exe)?\s{1,4}(?:user|localgroup)\b[^|;&\n]{0,80}\s\/add\b|\bschtasks(?:\.exe)?\b[^|;&\n]{0,40}\/create\b|\bsc(?:\.exe)?\s{1,4}create\s|\b(?:New-Service|Register-ScheduledTask|New-LocalUser)\b/i,
  ],
  [
    "escape",
    /\bhost(?:PID|Network|IPC)\\?["']?\s{0,2}:\s{0,2}true|\\?["']privileged\\?["']\s{0,2}:\s{0,2}true|\bhostPath\\?["']?\s{0,2}:\s{0,2}\{|\b(?:r?vim?|view|ex|ed|less|more|man|gdb)\s[^|;&\n]{0,60}!\s?(?:\/bin\/)?(?:ba|z|da)?sh\b|\bsudo\s{1,4}(?:-u\s{0,2}root\s{1,4}|-\w{1,4}\s{1,4}){0,3}(?:\/bin\/)?(?:su|(?:ba|da|z|k)?sh)\s{0,4}(?:-[il]?\s{0,4})?$/i,
  ],
  [
    "sensitive-file",
    /\bkubectl\b[^|;&\n]{0,80}\bsecrets?\b[^|;&\n]{0,80}(?:-o|--output)[\s=]?(?:yaml|json|go-template|jsonpath)/i,
  ],
  [
    "destructive",
    /\biptables\s{1,4}(?:-F|--flush)\b|\bufw\s{1,4}disable\b|\bsetenforce\s{1,4}0\b|\bsystemctl\s{1,4}(?:stop|disable|mask)\s{1,4}(?:firewalld|auditd|apparmor|ufw|fail2ban)\b|\bSet-MpPreference\b[^|;\n]{0,60}-Disable|\bmv\s{1,4}\S{1,60}\s{1,4}\/dev\/null\b/i,
  ],
  [
    "sensitive-file",
    /\breg(?:\.exe)?\s{1,4}(?:save|export)\s{1,4}["']?(?:HKLM|HKEY_LOCAL_MACHINE)\\(?:SAM|SYSTEM|SECURITY)\b/i,
  ],
  ["pipe-to-interpreter", /(?:^|[;&|(]\s?)(?:\.|source)\s{1,4}<\(\s{0,4}(?:curl|wget)\b/i],
  ["destructive", /\/proc\/sysrq-trigger\b|\/proc\/sys\/kernel\/(?:core_pattern|modprobe)\b/],
  [
    "obfuscation",
    /\/bin\/(?=[\w?*[\]]{0,12}[?*[])[a-z?*[\]]{1,12}\s{1,4}-\w{0,4}c\b|\|\s{0,4}(?=[a-z*[\]/]{0,20}\?)[a-z?*[\]/]{2,20}\s{0,4}$/i,
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
  const source = inPlainLetters(command).replaceAll(/\\\r?\n/g, " ");
  const problems: string[] = dangersIn(source);
  const commands = shellCommands(source);
  // What is written in plain words was looked at above.
  if (/['"\\{$]/.test(source)) problems.push(...dangersIn(plainLine(commands)));
  problems.push(...judgeCommands(commands));
  if (allowed.length > 0 && !programsOf(source).every((name) => allowed.includes(name))) {
    problems.push("command");
  }
  return [...new Set(problems)];
}

function dangersIn(line: string): string[] {
  const unpadded = line.replaceAll(/(\s)\s{3,}/g, "$1");
  const present = signsIn(unpadded);
  return signedDangers
    .filter(({ required, shape }) => mayMatch(required, present) && shape.test(unpadded))
    .filter(({ name }) => name !== "substitution" || !onlyKeeps(line))
    .map(({ name }) => name);
}

/** Each with the signs that it needs. */
const signedDangers = [...dangers, ...furtherDangers, ...detours].map(([name, shape]) => ({
  name,
  shape,
  required: requiredSigns(shape),
}));

const substitutions = /(?:\$\(|`)/g;
const keptInVariable =
  /\b[A-Za-z_]\w{0,60}=["']?\$\(\s{0,4}(?:cat\s[\w./-]{1,80}|id\s-[un]{1,3}|whoami|python3?\s--version)\s{0,4}\)/g;
const sends = /\b(?:curl|wget|nc|ncat|netcat|socat|telnet|ping|nslookup|dig|host|ssh|scp|eval)\b/;

/** All that is substituted is the text of a file, or who runs it, for a variable; and nothing goes anywhere. */
function onlyKeeps(line: string): boolean {
  if (sends.test(line)) return false;
  return (line.match(substitutions) ?? []).length === (line.match(keptInVariable) ?? []).length;
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
