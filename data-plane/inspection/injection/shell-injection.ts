import { SignedPatterns } from "./required-signs.ts";
import { holdsDisguisedProgram } from "./shell-disguises.ts";
import { startsProgram } from "./shell-starts.ts";

const windowsCommands =
  /(?:^|[;|&\n("']\s?)net1?\s{1,2}(?:accounts|computer|config|file|group|localgroup|session|share|start|stop|use|user|view)(?:\s{0,2}(?:$|[;|&\n"'])|[^\n]{0,80}\s\/\w)|(?<=[;|&\n]\s?)net1?\s{1,2}(?:group|localgroup|user|view)\b|(?:^|[;|&\n("']\s?)(?:netsh\s{1,2}(?:\w{2,20}\s){1,3}|reg\s{1,2}(?:add|copy|delete|export|import|load|query|save)\s|sc\s{1,2}(?:\\\\\S{1,40}\s)?(?:config|create|delete|query|start|stop)\s|route\s{1,2}print|arp\s{1,2}-a|query\s{1,2}(?:user|session)|type\s{1,2}(?:[a-z]:|%\w|\S{1,60}\.(?:ini|config|cnf))|dir\s{1,2}(?:\/[a-z]|[a-z]:|%)|(?:iwr|irm|iex|saps)\s{1,2}\S)/i;
const options =
  /^--[a-z][\w-]{1,40}=\S|^-{1,2}(?:o\s?ProxyCommand|checkpoint-action|config-exec|diff-program|eval|exec(?:dir)?|gpu-launcher|ingroup-exec|init-command|inspect-brk|open-files-in-pager|output-document|post-file|renderer-cmd-prefix|rsh|rsync-path|to-command|upload-pack|receive-pack|use-askpass|use-compress-program|utility-cmd-prefix)\s?[=\s]/i;

const withOptions =
  /[;|&`]\s{0,4}[a-z][\w.-]{1,24}\s{1,4}(?:-{1,2}[A-Za-z]|\/(?:etc|bin|usr|tmp|proc|dev|var|home|root)\b)/;

/** Cmdlets, whose names no sentence joins so; programs of Windows with the words that only they are given. */
const powerShell =
  /(?:^|[;|&\n(`]\s?)(?:Get|Set|New|Remove|Add|Invoke|Start|Stop|Out|Export|Import|ConvertTo|ConvertFrom|Test|Write|Read|Copy|Move|Rename|Clear|Enable|Disable|Register|Select|Where|ForEach|Restart|Expand|Compress)-(?:Item|Content|Process|Service|ChildItem|Object|Expression|WebRequest|RestMethod|Command|Location|Variable|Module|Host|Output|File|Job|ItemProperty|Acl|Credential|Computer|AD\w{2,20}|WmiObject|CimInstance|EventLog|Archive|Csv|Json|ExecutionPolicy|MpPreference|ScheduledTask|Local\w{4,20}|String|Connection|NetIPAddress)\b|(?:^|[;|&\n(]\s?)(?:wmic\s{1,2}(?:process|os|service|useraccount|product|logicaldisk|path|qfe|bios|computersystem|startup|share|\/\w)\b|schtasks\s{1,2}\/\w|rundll32(?:\.exe)?\s{1,2}\S{1,60},|call\s{1,2}%|start\s{1,2}(?:calc|cmd|notepad|mshta|powershell|\/b|\\\\|""))|[&|]\s?(?:call|start)\s{1,2}[%"/\\]/i;

const shapes: readonly RegExp[] = [
  /[;|&`\n(]\s?(?:sleep|timeout|wait)\s\d|^\W{0,3}sleep\s\d{1,6}\W{0,3}$/i,
  // What Windows is asked for: net user x /add, reg add HKLM\..., netsh firewall set.
  windowsCommands,
  powerShell,
  // A value that is an option by which programs run another one.
  options,
  // Any program, where its options stand behind it; the loops and conditions of cmd.exe.
  withOptions,
  /\bfor\s{1,9}(?:\/[a-z]\s{1,9})?.{0,60}%{1,2}\w+\s{1,4}in\s{0,4}\(|^\s{0,9}if\s{1,9}(?:\/i\s{1,9})?(?:not\s{1,9})?(?:exist|errorlevel|defined|["[]?%)/i,
  // Substitution of commands and of processes.
  /\$\(\s{0,2}[^)\s(]|\$\(\(|`[^`]{0,100}[$/\\'"|<>;][^`]{0,100}`|[<>]\(\s{0,2}\w/,
  // What only shells expand, in the middle of words: ${IFS}, $@, $*, c''at, c\at, w'h'o.
  /\$\{?IFS\b|\$\{IFS|\w\$[@*!?#$-]\w|\w\$\{[^}]{0,40}\}\w|\$\{[#!]?\w+[:@%#/^,]|[;|&`(\s/]\w{0,8}(?:''|"")\w{1,8}[\s/]|\/\w{0,6}(?:''|""|\$@)\w{1,8}|\$'\\|\$0\b|\$SHELL\b/,
  /\b\w?(?:'\w'|"\w"|\\\w){2,32}\w{0,32}(?:\s|$)/,
  // Paths with wildcards where programs and their files lie: /???/c?t /e*c/p?sswd
  /\/(?:\?{1,4}|[\w?*[\]]{1,6})\/(?=[\w\]]*[?*[])[\w?*[\]{}/-]{2,32}/,
  /\{\s{0,2}\w{0,20}[/?*'"\\][\w/?.*'"\\]{0,40},[^}\s]{0,80}\}/,
  // Where shells keep what they are asked for.
  /\/(?:etc\/(?:passwd|shadow|group|hosts|issue)|bin\/(?:ba|da|z|k|c|tc)?sh|dev\/(?:tcp|udp)\/|usr\/bin\/\w)/,
  /\(\)\s{0,2}\{\s{0,2}[:_\w]|:\(\)\{/,
  // A program that only starts another one.
  /^(?:\w'')?(?:nohup|strace|ltrace|setsid|sudo|doas|stdbuf|unshare)\s{1,4}[a-z/][\w./-]/,
  /^time\s{1,4}(?:curl|wget|bash|sh|cat|id|ls|nc|nmap|python3?|perl|whoami)\s{1,2}\S/,
  /^(?:perf|ansible(?:-[a-z]+)?|chef-[a-z]+)\s\S|^alias\s{1,4}\S{1,40}=/,
  // Conditions and loops of cmd.exe; commands of database shells; assignments whose names are put together.
  /\bif(?:\s{1,9}|\s{0,9}\/i\s{1,9})(?:not\s{1,9})?(?:(?:exist|errorlevel|cmdextversion|defined)\s{1,9}\S{1,80}\s{1,9}\S|\(?(?:"[^"]{1,40}"|\S{1,40})\s?(?:==|\s(?:equ|neq|lss|leq|gtr|geq)\s)\s?\S{1,40}\s{1,9}[@\w])|\bfor\s{1,9}(?:\/[a-z]\s{1,9})?.{0,60}%\S{1,3}\s{1,4}in\s{0,4}\(/i,
  /[;\n]\s?(?:\\n)?\.\s?["'\\]{0,2}(?:sh|shell|system|import|read|load|output|once)\s/,
  /[;&]\s?\w{0,10}\$[A-Za-z_]\w{0,20}(?:[\s/\\$]|$)|\|\s?\$\w{1,20}\s\w|(?:^|[;&|]\s?)[Cc][Dd]\s{1,2}\S{1,80}\s?(?:;|&&)|\w\$_\w{0,8}\/|\/\w{0,8}\[[!^]\w{1,8}\]\w|^~[+-]\d{0,4}$|\{\s?,\s?[\w$"'#/-]|^\(\)\s?\{|\$\{SHELL\}|[\w/\s]\{(?=[^{}]{0,60}[a-z-])[\w-]{0,20},[\w,-]{1,40}\}\w|^\{(?=[^{}]{0,60}[a-z-])[\w-]{0,20},[\w,-]{1,40}\}\w|^!-\d|\{[^{}\s,]{0,20}\$\w[^{}\s,]{0,20},|(?<!<)<<<(?!<)\s?[^\s<]|\/\[[^\]]{1,8}\]\w/,
  // Redirection into files; a script that is read; what was asked for before, with another word in it.
  /&>{1,2}\s?[\w./~]|[;|&\n]\s?\.\s{1,2}(?:\.{0,2}\/|~\/|\w{1,40}\.(?:sh|env|rc)\b)|^\^[\w./-]{1,40}\^[\w./-]{0,40}\^?$/,
  /(?:^|[\s\w"'])\d?>{1,2}\s{0,2}&?\s{0,2}(?:\/|\.\.\/|~\/|\w+\.(?:sh|php|jsp|aspx?|txt|py)\b|&\d)|<<<?\s{0,2}['"]?[A-Z_]{3}/,
  /%(?:comspec|systemroot|windir|programfiles|programdata|appdata|userprofile)[:%]|%\w{2,40}:~-?\d|\b(?:invoke-(?:expression|webrequest|command)|iex\s{0,2}\(|downloadstring|new-object\s+net|start-process|get-(?:childitem|content|process)|set-executionpolicy|-(?:enc|encodedcommand)\s+[A-Za-z0-9+/=]{8})/i,
  // Programs that begin another one or tell of the machine, in quotes too; what was asked for before; sums of old shells.
  /^["']?(?:env|time|command|exec)["']?\s{1,4}(?:-{1,2}\w|["']?(?:who|w|ps|env|pwd|uptime|ls)["']?\s{0,4}$)|^!\d{1,4}$|\$\[\s{0,2}(?:\]|[\w$]{1,20}\s{0,2}[-+*/%]\s{0,2}[\w$])/,
  // PowerShell's operator for calls, and names that are put together: &("who"+"ami").
  /&\s?\(\s?["'][\w.-]{1,40}["']\s?(?:\+|-f\b|\))/,
];

const signedShapes = new SignedPatterns(shapes);
const mayBeDisguised = /['"\\`]|\w\^\w|^@\^|\$[@*!?(]/;
const mayMatter =
  /[;|&`$<>\n\r{}'"\\*?[]|^[~!-]|%\w+:~|[a-z]\^[a-z]|^\W{0,3}sleep\s|^net|^\s*[\w./\\({!]{2,}\s+\S|\//;

/** As build files write them: $(PROJECT_NAME). */
const variable = /^\$\([A-Z][A-Z\d]{0,30}(?:[_.][A-Z\d]{1,30}){1,5}\)$/;

/** Whether a value would run commands where it is put into a command line. */
export function findsShellInjection(value: string): boolean {
  if (!mayMatter.test(value) || variable.test(value)) return false;
  const text = value
    .replaceAll(/\\\r?\n/g, "")
    .replaceAll(/[^\S\n]{2,}/g, " ")
    .replaceAll(/[^\S\n]?\n\s*/g, "\n");
  if (signedShapes.test(text) || startsProgram(text)) return true;
  if (mayBeDisguised.test(text) && holdsDisguisedProgram(text)) return true;
  const plain = unquoted(text);
  return plain !== text && (startsProgram(plain) || withOptions.test(plain));
}

const mayBeQuoted = /[$`'"\\]/;

/** As a shell reads words: without quotes and backslashes within, and with empty expansions gone. */
function unquoted(text: string): string {
  if (!mayBeQuoted.test(text)) return text;
  return text
    .replaceAll(/\$[@*!?]|\$\{[@*]\}|\$\(\)|``|''|""/g, "")
    .replaceAll(/\\(?=[a-z/])/gi, "")
    .replaceAll(/(?<=\w)['"](?=\w)/g, "")
    .replaceAll(/([;|&]\s?)['"](\w{1,40})['"](?=\s)/g, "$1$2")
    .replaceAll(/\$\{?IFS\}?(?:\$\d)?/g, " ");
}
