import { posix } from "node:path";
import { inPlainLetters } from "../../../core/text/plain-letters.ts";

/** Files that hold keys, passwords and the state of the machine. Compared in lower case, with "/" between. */
const sensitive =
  /(?:^|\/)(?:etc\/(?:passwd(?!\.(?:[cm]?[jt]sx?|md|py|go|rs|java|html|rb)$)|shadow|gshadow|sudoers|group|hosts|issue|motd|fstab|mtab|exports|resolv\.conf|pam\.d|samba\/|mysql\/|master\.passwd|security|crontab|ssh\/|ssl\/private|kubernetes|subuid|subgid)|proc\/(?:self|thread-self|\d+|\*)\/|proc\/(?:version|cmdline|net|mounts|sched_debug|cpuinfo|modules|partitions|config\.gz)|var\/lib\/(?:mlocate|mysql|docker|kubelet|postgresql)\/|sys\/(?:class|kernel|firmware)|dev\/(?:mem|kmem|sd\w|tcp)|root\/(?:\.(?:bashrc|profile|viminfo|lesshst|rnd)|(?:root|flag|proof|anaconda-ks)\.\w{2,4}$)|~root\/|\.ssh(?:\/|$)|id_(?:rsa|dsa|ecdsa|ed25519)(?:$|\.)|authorized_keys|\.aws\/(?:credentials|config)|\.azure\/|\.config\/gcloud|\.kube\/config|\.docker\/(?:config|secrets)|\.gnupg|\.netrc|\.pgpass|\.npmrc$|\.pypirc|\.git-credentials|\.git\/(?:config|head|index)|\.env(?:\.(?:local|production|prod|dev\w*|staging))?$|\.htpasswd|\.htaccess|\.(?:bash|zsh|sh|mysql|psql|python)_?history|\.history$|\.bash_profile|\.password-store|wp-config\.php|web\.config$|win\.ini|boot\.ini|system32\/(?:config|drivers\/etc)|ntds\.dit|windows\/(?:repair|panther|system32)|var\/(?:log\/(?:auth|secure|apache|nginx|httpd)|run\/(?:secrets|docker\.sock))|run\/secrets|usr\/local\/(?:etc|apps?)\/.{0,60}\.conf|my\.cnf|php\.ini|secring|\.vault-token|terraform\.tfstate|shadow$|web-inf\/|meta-inf\/)/;
const device = /(?:^|\/)(?:con|prn|aux|nul|com[1-9]|lpt[1-9]|conin\$|conout\$)(?:\.[^/]*)?(?::|$)/;
const stream =
  /^(?:file|php|phar|zip|zlib|compress\.\w+|glob|data|expect|jar|netdoc|gopher|dict|ftp|smb|ogg|rar|ssh2\.\w+|url|view-source|classpath\*?):|::\$(?:data|index_allocation|bitmap)\b/i;

/** What paths go upward by: two dots behind and before a separator, however they are written. */
const upward = /(?:^|\/)\.\.[.\s]*(?:;[^/]*)?(?:\/|$)/;

/** Why a path may not be used, as the ends of rules' names. `roots`: absolute, with "/" at the end. */
export function findPathProblems(path: string, roots: readonly string[]): readonly string[] {
  const forms = decodedForms(path);
  const problems = new Set(forms.flatMap(problemsOf));
  // Whoever writes dots in codes wants them to be read after they were looked at.
  if (!upward.test(forms[0] ?? "") && forms.some((form) => upward.test(form))) {
    problems.add("traversal");
  }
  if (/%(?:25){0,2}00|\\(?:x00|u0000|0(?=\.[a-z]{2,5}$))/i.test(path)) problems.add("nul");
  if (networkShare.test(path)) problems.add("network-share");
  if (stream.test(path.trim())) problems.add("stream");
  if (roots.length > 0 && !forms.every((form) => isWithin(form, roots))) {
    problems.add("outside-roots");
  }
  return [...problems];
}

const networkShare = /^(?:\\\\|\/\/)[^\\/]+[\\/]|^\\\\[.?]\\/;

function problemsOf(form: string): readonly string[] {
  const plain = form.toLowerCase().replaceAll(/\/(?:\.?\/)+/g, "/");
  const problems: string[] = [];
  if (form.includes("\0")) problems.push("nul");
  if (sensitive.test(plain)) problems.push("sensitive-file");
  if (device.test(plain) && !plain.startsWith("/dev/") && !deviceByChance.test(form))
    problems.push("device");
  if (climbsOut(form)) problems.push("traversal");
  return problems;
}

/** A document whose name only Windows takes for a device. */
const deviceByChance =
  /(?:^|\/)(?:con|prn|aux|nul)[\w.]{0,20}\.(?:md|mdx|rst|adoc|html?|css|[cm]?[jt]sx?|py|go|rs|java|dart|vue|png|svg|json|ya?ml)$/;

/** In plain ASCII, without the beginning of a code. */
const mayBeWrittenOtherwise = /[^ -~]|[%&]|\\x|0x/i;

/** The path as it is written, and as those read it who decode it once or twice. */
function decodedForms(path: string): readonly string[] {
  if (!mayBeWrittenOtherwise.test(path)) return [slashed(path)];
  const forms = [slashed(path)];
  let form = inPlainLetters(path);
  for (let round = 0; round < 3; round += 1) {
    forms.push(slashed(form));
    const decoded = decodeOnce(form);
    if (decoded === form) break;
    form = decoded;
  }
  return [...new Set(forms)];
}

function slashed(path: string): string {
  return path
    .replaceAll(/[\\\u2044\u2215\u2216\u2571\u2572\u29f5\u29f8\u29f9]/g, "/")
    .replaceAll("//", "/");
}

/** Percent, %u, overlong UTF-8 (%c0%ae), 0x2e and \x2e; a wrong sequence stays. */
function decodeOnce(path: string): string {
  return path
    .replaceAll(
      /%(?:c0%(?:ae|2e)|e0%80%ae|f0%80%80%ae|25c0%25ae|u002e|uff0e)|0x2e|\\x2e|&#x?0*(?:46|2e);/gi,
      ".",
    )
    .replaceAll(
      /%(?:c0%(?:af|2f|9v)|c1%9c|c1%1c|e0%80%af|f0%80%80%af|u2215|u2216|u002f|bg%qf)|0x2f|0x5c|\\x2f|\\x5c/gi,
      "/",
    )
    .replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    )
    .replaceAll(
      /[\0\u200b-\u200f\u2060\ufeff](?=[./])|(?<=[./])[\0\u200b-\u200f\u2060\ufeff]/g,
      (it) => (it === "\0" ? "" : ""),
    );
}

/** Whether a relative way ends above where it began, or dots are doubled to survive a filter: "....//". */
function climbsOut(path: string): boolean {
  if (!path.includes("..")) return false;
  if (/(?:^|\/)\.{4,}\/|\.{3}\/\./.test(path) || path.includes("..;")) return true;
  const isAbsolute = path.startsWith("/") || /^[a-z]:/i.test(path);
  if (isAbsolute) return /(?:^|\/)\.\.(?:\/|$)/.test(path);
  let depth = 0;
  return path.split("/").some((part) => {
    depth += stepOf(part.trim());
    return depth < 0;
  });
}

function stepOf(part: string): number {
  if (part === "..") return -1;
  return part === "" || part === "." ? 0 : 1;
}

function isWithin(path: string, roots: readonly string[]): boolean {
  if (!path.startsWith("/")) return !/^[a-z][a-z0-9+.-]*:/i.test(path);
  const resolved = `${posix.normalize(path)}/`.replaceAll(/\/{2,}/g, "/");
  return roots.some((root) => resolved.startsWith(root));
}
