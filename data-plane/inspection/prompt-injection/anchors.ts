/** Separated by "~", since some of them end in a blank. In lower case; those of other scripts as they are. */
const lines: readonly string[] = [
  "ignor~disregard~forget~overrid~overlook~neglect~bypass~dismiss~discard~abandon~erase ",
  "unlearn~nullify~supersede~stop following~not follow~not obey~t follow~no attention",
  "set aside~throw away~no longer~cancel ~instruc~directive~guideline~prompt~adhere~obey",
  "comply~from now on~going forward~henceforth~your new ~your real ~your true ~your only ",
  "new task~do the following~the following first~<|~[inst~[/inst~<<sys~<important~<system",
  "<sys~<secret~<hidden~<admin~<override~<critical~<assistant~[system~[[system~[hidden",
  "[admin~[override~[emergency~[configuration~[developer~[important~system:~system message",
  "system override~system note~assistant:~human:~developer:~admin:~<!--~<information>",
  "<info>~<task>~<context>~<cmd>~<message>~<priority>~<urgent>~====~to you,~dear ai",
  "dear llm~dear assistant~if you are an~if you're an~you are an ai~you are gpt",
  "you are chatgpt~you are claude~ai agent~ai assistant~ai model~llm~language model",
  "the assistant ~the model must~the model should~gpt~not tell~t tell~not mention~t mention",
  "not inform~t inform~never tell~never mention~never reveal~not reveal~not notify",
  "not disclose~not show~without telling~without informing~without asking",
  "without mentioning~without notifying~from the user~user must not~user should not",
  "user does not~before using~before calling~before invoking~before running~before you ",
  "before executing~before answering~before respond~before doing~before performing",
  "before any~before completing~prior to using~prior to calling~whenever ~every time",
  "each time~always call~always read~must be called~after you do that~otherwise the tool",
  "otherwise this tool~this tool must~jailbr~act as~pretend~developer mode~debug mode",
  "god mode~admin mode~system mode~maintenance mode~roleplay~unrestricted~unfiltered",
  "uncensored~you are now~do anything now~no restrictions~without any restrictions",
  "without restrictions~secret key~secret word~secret code~secret phrase~secret password",
  "text above~verbatim~important message~urgent message~critical message~important notice",
  "important note~evad~circumvent~defeat~escalation~elevation~reverse shell~keylog",
  "exfiltrat~safety~security check~content filter~guardrail~task complete~task is complete",
  "request complete~trust all~ignora~vergiss~olvida~oublie~dimentica~negeer~zignoruj~esque",
  "игнорируй~забудь~忽略~无视~忘记~無視~忽視~指示~무시~Игнорируй~Забудь",
];

/** Where signals of prompt injection can stand: a window is opened around each. */
export const anchors: readonly string[] = lines.flatMap((line) => line.split("~"));
