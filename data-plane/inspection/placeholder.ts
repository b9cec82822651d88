/** Words and runs that stand where a secret would: in documentation, templates and examples. */
const placeholders =
  /x{4,}|\*{3,}|\.{3,}|0{8,}|1{6,}|123456|abcdef(?:gh|$)|example|placeholder|changeme|change[_-]me|replace|redacted|censored|removed|dummy|sample|your[_-]|here$|#{4,}|insert|to-?do\b|mcpgw:/i;

/** Whole values that mean "some password". */
const commonWords =
  /^(?:(.)\1*>?$|[$%@]?[{(<[]|<|\$[A-Za-z_]|%[A-Za-z_]+%|(?:my|your|the|user|db|root|admin|test|some|new|old)?[_-]?(?:password|passwd|pass|pwd|secret|token|key|credentials?)\d{0,3}[!>]?$|(?:null|none|nil|undefined|true|false|string|required|optional|hidden|empty|test|foo|bar|user|admin|root|guest|postgres|mysql|mongo|redis|localhost|\[.{0,40}\])$)/i;

/** Whether a value only stands for a secret. */
export function looksLikePlaceholder(value: string): boolean {
  return placeholders.test(value) || commonWords.test(value);
}
