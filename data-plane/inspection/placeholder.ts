/** Words and runs that stand where a secret would: in documentation, templates and examples. */
const placeholders =
  /x{4,}|\*{3,}|\.{3,}|…|•|0{8,}|1{6,}|example|placeholder|changeme|change[_-]me|replace|redacted|censored|removed|dummy|sample|your[_-]|here$|#{4,}|insert|to-?do\b|mcpgw:/i;

/** Whole values that mean "some password". */
const commonWords =
  /^(?:(.)\1*>?$|[$%@]?[{(<[]|<|&lt;|\$[A-Za-z_]|%[A-Za-z_]+%|(?:my|your|the|user|db|root|admin|test|some|new|old)?[_-]?(?:password|passwd|pass|pwd|secret|token|key|credentials?|pa(?:ss|ß)wort|kennwort|wachtwoord|mot[_-]?de[_-]?passe|contrase[nñ]a|senha|palavra[_-]?passe|parola|has[łl]o|heslo|jelsz[óo]|l[öo]senord|salasana|adgangskode|passord|parol[aă]?|şifre|lozinka|zaporka|geslo|пароль?|лозинка|κωδικός|密码|密碼|口令|パスワード|비밀번호)\d{0,3}[!>]?$|(?:null|none|nil|undefined|true|false|string|required|optional|hidden|empty|test|foo|bar|user|admin|root|guest|postgres|mysql|mongo|redis|localhost|\[.{0,40}\])$)/i;

/** What a program puts a value into: `${NAME}`, `{{ name }}`, `%(name)s`, `<%= name %>`. */
const template = /[$#@%]\{|\{\{|[$%]\([A-Za-z_]|<%|%>|\}\}|\{[A-Za-z_][\w.]{0,40}\}/;

const runs = /0?12345\d{0,5}|0?9876\d{0,6}|abcdef[g-z]{0,20}/gi;

/** Whether a value only stands for a secret. */
export function looksLikePlaceholder(value: string): boolean {
  return placeholders.test(value) || commonWords.test(value) || template.test(value);
}

/** What is left of a value without digits and letters in their order, which people type where any would do. */
export function withoutRuns(value: string): string {
  return value.replaceAll(runs, "");
}
