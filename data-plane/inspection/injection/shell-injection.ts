/** Programs whose names are no English words. */
const programs =
  "apt-get|aptitude|ansible(?:-[a-z]+)?|bcdboot|bcdedit|chef-[a-z]+|cscli|gcc[\\d.]+|irb|lastlog|regedit|rmt-\\w+|visudo|ash|awk|gawk|mawk|nawk|base32|base64|bash|bsdtar|busybox|bzip2|cat|certutil|chmod|chown|chroot|cmd(?:\\.exe)?|cp|cron|crontab|csh|curl|dash|dd|df|dig|dmesg|docker|du|echo|egrep|env|esac|eval|fgrep|fdisk|ftp|gcc|gdb|getent|git|grep|gunzip|gzip|hexdump|hostname|iconv|id|ifconfig|iptables|java|journalctl|jq|kill|killall|ksh|kubectl|ldd|ln|ls|lsof|lua|mkdir|mkfifo|mkfs|msiexec|mv|mysql|nc|ncat|netcat|netstat|nmap|node|nohup|npm|nslookup|nslookup|openssl|passwd|perl|php\\d?|ping6?|pip3?|pkill|powershell(?:\\.exe)?|printenv|printf|ps|poweroff|psql|pwd|reboot|pwsh|python[23]?(?:\\.\\d+)?|rcp|regsvr32|reg|rm|rmdir|rpm|rsync|ruby|rundll32|scp|sed|setsid|sftp|sh|shutdown|socat|ssh|ssh-\\w+|strace|su|sudo|systeminfo|systemctl|tac|tail|tar|taskkill|tcsh|tee|telnet|tftp|tmux|traceroute|truncate|uname|unzip|useradd|vi|vim|wget|whoami|wmic|xargs|xxd|xz|yum|zcat|zip|zsh|alias|cpulimit|c89|c99|fold|nano|nice|ionice|nsenter|unlink|unshare|7z|ncdu|pidstat|ltrace|dialog|ex|ed|lwp-download|lwp-request|dnf|apk|busctl|capsh|composer|cscript|wscript|mshta|bitsadmin|finger|nl|od|rev|xdg-open|pico|emacs|ipconfig|tasklist|netsh|ss|w3m|aria2c|axel|links|lynx|ptx|dir";
/** Programs that are English words too: what stands behind them decides. */
const words =
  "at|cut|date|diff|file|find|head|install|join|less|look|mail|make|man|more|mount|paste|pip|read|sleep|sort|source|split|stat|time|timeout|top|touch|type|uniq|watch|wait|who|which|write|view|net|copy|del|move|set|start|run|exec|export|command|builtin|coproc|shuf|strings|script|expand|column|comm|cmp|gem|host|dot|batch|users|test|true|false|reset|nice|pry|rake|task|tasks|more|xcopy|for|while|if|until";

const target =
  "(?:-{1,2}[A-Za-z]|\\+\\w|/[\\w?*[]|\\.{1,2}/|~/|\\$[\\w{(@]|[A-Za-z]:\\\\|[\"'`]|\\d{1,3}\\.\\d{1,3}\\.|https?:|\\w+://|[\\w-]+\\.(?:sh|py|pl|php|txt|exe|bat|ps1)\\b)";
const endsWord = "(?=[\\s;|&<>()\"'`$/{},]|$)";
const program = `(?:/?(?:[\\w.-]+/){0,6}(?:${programs})${endsWord}|(?:${words})\\s{1,2}${target})`;
const prefix =
  "(?:(?:sudo|time|nohup|exec|command|env|builtin|then|do|else)\\s{1,2}|!\\s?|[A-Za-z_]\\w*=\\S{0,64}\\s{1,2}|[({]\\s?|\\\\){0,4}";

const shapes: readonly RegExp[] = [
  // A separator, and a program behind it.
  new RegExp(`(?:[;|&\\n\\r\`(]|\\{\\s|&&|\\|\\||\\$\\(|<\\(|>\\()\\s?${prefix}${program}`, "i"),
  new RegExp(`[;|&]\\s?(?:${words})\\s?(?:$|[;|&\\n]\\s?$|#)`, "i"),
  // The value is a command by itself.
  new RegExp(
    `^\\s?${prefix}/?(?:[\\w.-]+/){0,6}(?:${programs})(?:\\s{1,2}${target}|\\s?[;|&<>])`,
    "i",
  ),
  new RegExp(
    `^\\s?${prefix}(?:${words})\\s{1,2}(?:-{1,2}[A-Za-z]|/(?:etc|bin|usr|tmp|proc|dev|var)/)`,
    "i",
  ),
  /[;|&`\n(]\s?(?:sleep|timeout|wait)\s\d/i,
  // Any program, where its options stand behind it; the loops and conditions of cmd.exe.
  /[;|&`]\s{0,4}[a-z][\w.-]{1,24}\s{1,4}-{1,2}[A-Za-z]/,
  /\bfor\s{1,9}(?:\/[a-z]\s{1,9})?.{0,60}%{1,2}\w+\s{1,4}in\s{0,4}\(|^\s{0,9}if\s{1,9}(?:\/i\s{1,9})?(?:not\s{1,9})?(?:exist|errorlevel|defined|["[]?%)/i,
  // Substitution of commands and of processes.
  /\$\(\s{0,2}[^)\s(]|\$\(\(|`\s{0,2}[\w./\\$'"-]{2,64}(?:\s[^`]{0,200})?`|[<>]\(\s{0,2}\w/,
  // What only shells expand, in the middle of words: ${IFS}, $@, $*, c''at, c\at, w'h'o.
  /\$\{?IFS\b|\$\{IFS|\w\$[@*!?#$-]\w|\w\$\{[^}]{0,40}\}\w|\$\{[#!]?\w+[:@%#/^,]|[;|&`(\s/]\w{0,8}(?:''|""|\\(?=[a-z]))\w{1,8}[\s/]|\/\w{0,6}(?:''|""|\$@)\w{1,8}|\$'\\|\$0\b|\$SHELL\b/,
  /\b\w?(?:'\w'|"\w"|\\\w){2,32}\w{0,32}(?:\s|$)/,
  // Paths with wildcards where programs and their files lie: /???/c?t /e*c/p?sswd
  /\/(?:\?{1,4}|[\w?*[\]]{1,6})\/(?=[\w\]]*[?*[])[\w?*[\]{}/-]{2,32}/,
  /\{\s{0,2}[\w/?.*'"\\]{1,40},[^}\s]{0,80}\}/,
  // Where shells keep what they are asked for.
  /\/(?:etc\/(?:passwd|shadow|group|hosts|issue)|bin\/(?:ba|da|z|k|c|tc)?sh|dev\/(?:tcp|udp)\/|usr\/bin\/\w)/,
  /\(\)\s{0,2}\{\s{0,2}[:_\w]|:\(\)\{/,
  // A program that only starts another one.
  /^(?:\w'')?(?:nohup|strace|ltrace|setsid|sudo|doas|stdbuf|unshare)\s{1,4}[a-z/][\w./-]/,
  new RegExp(`^time\\s{1,4}(?:${programs})\\s{1,2}\\S`),
  /^(?:perf|ansible(?:-[a-z]+)?|chef-[a-z]+)\s\S|^alias\s{1,4}\S{1,40}=/,
  // Conditions and loops of cmd.exe; commands of database shells; assignments whose names are put together.
  /\bif\s{1,9}(?:\/i\s{1,9})?(?:not\s{1,9})?(?:(?:exist|errorlevel|cmdextversion|defined)\s{1,9}\S{1,80}\s{1,9}\S|\(?\S{1,40}\s?(?:==|\s(?:equ|neq|lss|leq|gtr|geq)\s)\s?\S{1,40}\s{1,9}[@\w])|\bfor\s{1,9}(?:\/[a-z]\s{1,9})?.{0,60}%\S{1,3}\s{1,4}in\s{0,4}\(/i,
  /[;\n]\s?(?:\\n)?\.\s?["'\\]{0,2}(?:sh|shell|system|import|read|load|output|once)\s/,
  /[;&]\s?\w{0,10}\$[A-Za-z_]\w{0,20}(?:[\s/\\$]|$)|\|\s?\$\w{1,20}\s\w|(?:^|[;&|]\s?)cd\s{1,2}\S{1,80}\s?(?:;|&&)|\w\$_\w{0,8}\/|\/\w{0,8}\[[!^]\w{1,8}\]\w|^~[+-]\d{0,4}$|\{\s?,\s?[\w$"'#/-]|^\(\)\s?\{|\$\{SHELL\}|<<<\s?\w/,
  // Redirection into files.
  /(?:^|[\s\w"'])\d?>{1,2}\s{0,2}&?\s{0,2}(?:\/|\.\.\/|~\/|\w+\.(?:sh|php|jsp|aspx?|txt|py)\b|&\d)|<<<?\s{0,2}['"]?[A-Z_]{3}/,
  /%(?:comspec|systemroot|programfiles|appdata)[:%]|\b(?:invoke-(?:expression|webrequest|command)|iex\s{0,2}\(|downloadstring|new-object\s+net|start-process|get-(?:childitem|content|process)|set-executionpolicy|-(?:enc|encodedcommand)\s+[A-Za-z0-9+/=]{8})/i,
];

const mayMatter = /[;|&`$<>\n\r{}'"\\*?[]|^~|^\s*[\w./\\({!]{2,}\s+\S|\//;

/** Whether a value would run commands where it is put into a command line. */
export function findsShellInjection(value: string): boolean {
  if (!mayMatter.test(value)) return false;
  const text = value
    .replaceAll(/\\\r?\n/g, "")
    .replaceAll(/[^\S\n]{2,}/g, " ")
    .replaceAll(/[^\S\n]?\n\s*/g, "\n");
  if (shapes.some((shape) => shape.test(text))) return true;
  const plain = unquoted(text);
  return plain !== text && shapes.slice(0, 4).some((shape) => shape.test(plain));
}

/** As a shell reads words: without quotes and backslashes within, and with empty expansions gone. */
function unquoted(text: string): string {
  return text
    .replaceAll(/\$[@*!?]|\$\{[@*]\}|\$\(\)|``|''|""/g, "")
    .replaceAll(/\\(?=[a-z/])/gi, "")
    .replaceAll(/(?<=\w)['"](?=\w)/g, "")
    .replaceAll(/([;|&]\s?)['"](\w{1,40})['"](?=\s)/g, "$1$2")
    .replaceAll(/\$\{?IFS\}?(?:\$\d)?/g, " ");
}
