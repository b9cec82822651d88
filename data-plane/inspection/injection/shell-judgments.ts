import { type ShellCommand, shellCommands } from "./shell-commands.ts";
import { isVital, isWide, namesSensitiveFile } from "./shell-files.ts";

const maxDepth = 3;

/** What begins another program, and what of its own may stand before that one. */
const wrapper =
  /^(?:sudo|doas|env|nohup|time|nice|ionice|timeout|command|exec|builtin|setsid|stdbuf|xargs|busybox|then|do|else|if|while|!|\{)$/;
const optionOfWrapper = /^(?:-|\d+[smhd]?$|[A-Za-z_]\w*=|\{\}$)/;

const shell = /^(?:ba|da|z|k|c|tc|a|fi)?sh$/;
const interpreter =
  /^(?:(?:ba|da|z|k|c|tc|a|fi)?sh|python[\d.]*|perl|ruby|node|php|pwsh|powershell|source|\.|deno|bun)$/;

/** In lower case: some systems do not care, and what others would not find does no harm. */
interface Run {
  readonly program: string;
  readonly args: readonly string[];
  readonly command: ShellCommand;
}

/** What the commands of a line do, whatever their words are written like, as the ends of rules' names. */
export function judgeCommands(commands: readonly ShellCommand[], depth = 0): readonly string[] {
  const runs = commands.flatMap(runOf);
  const problems = runs.flatMap((run) => judge(run, depth));
  if (runsWhatItFetched(runs)) problems.push("pipe-to-interpreter");
  return problems;
}

/** The same line in plain words: what stood in quotes holds no signs of the shell's any more. */
export function plainLine(commands: readonly ShellCommand[]): string {
  return commands
    .map(({ words, writes, joint }) => {
      const texts = words.map(({ text, isQuoted }) =>
        isQuoted ? text.replaceAll(/[\s;|&<>()`$"']/g, "_") : text,
      );
      const line = [...texts, ...writes.map((file) => `> ${file}`)].join(" ");
      return joint === "$" ? `; ${line}` : `${joint || ";"} ${line}`;
    })
    .join(" ")
    .slice(2);
}

function runOf(command: ShellCommand): readonly Run[] {
  const texts = command.words.map(({ text }) => text.toLowerCase());
  let at = 0;
  while (/^[A-Za-z_]\w*=/.test(texts[at] ?? "")) at += 1;
  while (wrapper.test(texts[at] ?? "")) {
    at += 1;
    while (optionOfWrapper.test(texts[at] ?? "")) at += 1;
  }
  const written = texts[at];
  if (written === undefined)
    return command.writes.length > 0 ? [{ program: "", args: [], command }] : [];
  const name = written.slice(Math.max(written.lastIndexOf("/"), written.lastIndexOf("\\")) + 1);
  const program = name.replace(/\.exe$/, "");
  return [{ program, args: texts.slice(at + 1), command }];
}

function judge(run: Run, depth: number): string[] {
  const { program, args, command } = run;
  const problems: string[] = [];
  if (deletesWidely(run)) problems.push("destructive");
  if (args.some(namesSensitiveFile) && !/^(?:ls|stat|test|\[|file|docker|podman)$/.test(program))
    problems.push("sensitive-file");
  if (command.writes.some((file) => isVital(file.toLowerCase()))) problems.push("destructive");
  if (command.joint === "|" && interpreter.test(program) && !hasScript(run))
    problems.push("pipe-to-interpreter");
  if (/^(?:powershell|pwsh)$/.test(program) && takesEncoded(args)) problems.push("obfuscation");
  return [...problems, ...judgeScript(run, depth)];
}

function deletesWidely({ program, args }: Run): boolean {
  const targets = args.filter((arg) => !arg.startsWith("-"));
  const has = (letter: RegExp, long: string) =>
    args.some((arg) => (arg.startsWith("--") ? arg === long : /^-/.test(arg) && letter.test(arg)));
  switch (program) {
    case "rm":
      return targets.some((it) => isVital(it) || (isWide(it) && has(/r/, "--recursive")));
    case "truncate":
    case "shred":
    case "unlink":
      return targets.some(isVital);
    case "find":
      return isWide(findsFrom(args)) && deletesFound(args);
    case "chmod":
    case "chown":
      return has(/r/, "--recursive") && targets.slice(1).some(isWide);
    case "git":
      return args[0] === "clean" && targets.slice(1).some(isWide);
    default:
      return false;
  }
}

function findsFrom(args: readonly string[]): string {
  return args.find((arg) => !/^-[HLPDO]/.test(arg)) ?? "";
}

function deletesFound(args: readonly string[]): boolean {
  if (args.includes("-delete")) return true;
  return args.some(
    (arg, index) =>
      /^-(?:exec|execdir|ok|okdir)$/.test(arg) &&
      /(?:^|\/)(?:rm|shred|unlink|truncate)$/.test(args[index + 1] ?? ""),
  );
}

function takesEncoded(args: readonly string[]): boolean {
  return args.some(
    (arg, index) =>
      /^[-/](?:e|ec|en|enc\w{0,12})$/i.test(arg) &&
      /^[A-Za-z0-9+/=]{4,}$/.test(args[index + 1] ?? ""),
  );
}

/** Something else than what comes in is run: a file, a module, code in an argument. */
function hasScript({ program, args }: Run): boolean {
  if (shell.test(program))
    return args.some((arg) => /^-\w*c$/.test(arg) || /^[^-]/.test(arg)) && !args.includes("-s");
  return args.some(
    (arg) => /^(?:-[a-z]*[cemrnp]|--?eval|--?command|-file)$/i.test(arg) || /^[^-]/.test(arg),
  );
}

const runsPrograms =
  /\b(?:exec\w{0,4}|system|popen\w?|spawn\w{0,6}|check_output|subprocess|child_process|passthru|shell_exec|eval)\b/;
const whatIsRun =
  /\/bin\/(?:ba|z|k|da)?sh\b|["'](?:ba|z|k|da)?sh(?:["']|\s-c)|urlopen|urlretrieve|requests\.|https?:|\bsocket\b|__import__|b64decode|fromhex|base64|\bstdin\b|\binput\(|readFileSync\(0|<>/i;
const takesCode = /^(?:-\w*[cer]|--eval|-command)$/i;

/** Code in an argument: of a shell it is read as this line is, of others what it runs is looked for. */
function judgeScript({ program, args }: Run, depth: number): readonly string[] {
  if (depth >= maxDepth) return [];
  if (program === "eval") return judgeCommands(shellCommands(args.join(" ")), depth + 1);
  const at = args.findIndex((arg) => takesCode.test(arg));
  const script = args[at + 1];
  if (at < 0 || script === undefined) return [];
  if (shell.test(program) || program === "su")
    return judgeCommands(shellCommands(script), depth + 1);
  if (!/^(?:python[\d.]*|perl|ruby|node|php|deno|bun|lua\w*)$/.test(program)) return [];
  return runsPrograms.test(script) && whatIsRun.test(script) ? ["escape"] : [];
}

/** curl -o a x; sh a */
function runsWhatItFetched(runs: readonly Run[]): boolean {
  const fetched = new Set<string>();
  for (const { program, args, command } of runs) {
    const runsFile = interpreter.test(program)
      ? args.find((arg) => !arg.startsWith("-"))
      : undefined;
    if ([runsFile, program, command.words[0]?.text].some((file) => fetched.has(plainName(file))))
      return true;
    if (program !== "curl" && program !== "wget") continue;
    for (const file of [...command.writes, ...filesOf(program, args)]) fetched.add(plainName(file));
    fetched.delete("");
  }
  return false;
}

function filesOf(program: string, args: readonly string[]): readonly string[] {
  const named = args.flatMap((arg, index) => {
    const [, joined] = /^(?:--output(?:-document)?=|-o(?=[^-]))(.+)$/.exec(arg) ?? [];
    if (joined !== undefined) return [joined];
    return /^(?:-\w*[oO]|--output(?:-document)?)$/.test(arg) ? [args[index + 1] ?? ""] : [];
  });
  const isNamedByUrl =
    program === "wget" ? named.length === 0 : args.some((arg) => /^-\w*O/.test(arg));
  if (!isNamedByUrl) return named;
  const urls = args.filter((arg) => arg.includes("/") && !arg.startsWith("-"));
  return [
    ...named,
    ...urls.map((url) => url.slice(url.lastIndexOf("/") + 1).split(/[?#]/, 1)[0] ?? ""),
  ];
}

function plainName(file: string | undefined): string {
  return (file ?? "").toLowerCase().replace(/^\.\//, "");
}
