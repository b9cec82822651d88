/** A rule a line: its id, how bad it is, its tags, and what it finds. */
export const catalogRows = `
  schema | medium | MCP05 | arguments that do not fit the tool's input schema
  schema.unknown-argument | low | MCP05 | an argument that the tool's input schema neither names nor forbids
  schema.prototype | high | MCP05 | keys that change what all objects of a JavaScript server are
  schema.pattern.unsupported | low | MCP05 | a pattern of a schema that cannot be enforced
  scan.budget | medium | MCP08 | a message that takes too long to look through
  scan.limits | medium | MCP08 | a message that is too deep or too large to look through
  scan.truncated | medium | MCP06 | what stands behind more suspicious places than are looked at
  hidden.tag-characters | high | MCP03 SAFE-T1402 | letters that no reader sees (U+E0000 to U+E007F)
  hidden.zero-width | medium | MCP03 SAFE-T1402 | invisible characters that no script needs there
  hidden.bidi-controls | high | MCP03 SAFE-T1402 | characters that show a text in another order
  hidden.fillers | medium | MCP03 SAFE-T1402 | letters that look like blanks
  hidden.variation-selectors | medium | MCP03 SAFE-T1402 | runs of variation selectors, which can carry data
  hidden.terminal-escapes | high | MCP03 SAFE-T1402 | sequences that terminals obey
  hidden.control-characters | low | MCP03 SAFE-T1402 | other control characters
  injection.sql | high | MCP05 SAFE-T1101 | a value that changes a SQL statement around it
  injection.shell | critical | MCP05 SAFE-T1101 | a value that runs commands in a command line
  injection.template | high | MCP05 SAFE-T1101 | expressions of template engines, lookups of loggers
  injection.java | critical | MCP05 SAFE-T1101 | names of Java classes that run or load code
  injection.script | high | MCP05 SAFE-T1101 | code of JavaScript, PHP, Python, Ruby or Perl
  injection.deserialization | critical | MCP05 SAFE-T1101 | serialised objects
  injection.html | medium | MCP05 SAFE-T1101 | markup and scripts of web pages
  injection.ldap | medium | MCP05 SAFE-T1101 | parts of LDAP filters
  injection.xpath | medium | MCP05 SAFE-T1101 | parts of XPath queries
  injection.formula | medium | MCP05 SAFE-T1101 | formulas that start programs or fetch addresses when a table is opened
  injection.inclusion | high | MCP05 SAFE-T1105 | addresses and wrappers where a server takes a file or page of its own into what it runs
  injection.xml | high | MCP05 SAFE-T1101 | XML entities, document types, inclusions
  injection.header | medium | MCP05 SAFE-T1101 | line breaks that begin a header or a command of a protocol
  injection.operator | high | MCP05 SAFE-T1101 | operators of query languages where a value is wanted
  injection.url.traversal | high | MCP05 SAFE-T1105 | a way upward in the path of an address
  injection.path.traversal | high | MCP05 SAFE-T1105 | a way upward, however it is encoded
  injection.path.sensitive-file | high | MCP05 SAFE-T1502 | files that hold keys, passwords or the state of a machine
  injection.path.nul | high | MCP05 SAFE-T1105 | a NUL within a path
  injection.path.device | medium | MCP05 SAFE-T1105 | names of devices
  injection.path.network-share | high | MCP05 SAFE-T1105 | a path to another machine
  injection.path.stream | high | MCP05 SAFE-T1105 | an address or a stream in place of a path
  injection.path.outside-roots | high | MCP02 SAFE-T1105 | a path outside of "pathRoots"
  injection.url.scheme | high | MCP05 SAFE-T1101 | schemes that lead to files, programs or other protocols
  injection.url.internal-address | high | MCP05 SAFE-T1104 | an address inside the network or on this machine (SSRF)
  injection.url.metadata-service | critical | MCP05 SAFE-T1504 | a service that hands out a cloud's credentials
  injection.url.host | high | MCP02 SAFE-T1913 | a host that is not among "urlHosts"
  injection.url.hidden-host | high | MCP06 SAFE-T1008 | a user's name that looks like the host
  injection.url.confusable-host | high | MCP06 SAFE-T1008 | a host in letters of several scripts
  injection.sql.several-statements | high | MCP05 SAFE-T1104 | more than one statement
  injection.sql.verb | high | MCP02 SAFE-T1104 | a statement that is not among "sqlVerbs"
  injection.sql.reaches-out | critical | MCP05 SAFE-T1104 | functions that reach files, programs or the network, or stand still
  injection.sql.tautology | high | MCP05 SAFE-T1803 | a condition that is always true, before a union or a comment
  injection.sql.ddl | high | MCP05 SAFE-T1104 | a statement that takes away tables or rights, makes users or code, or sets the server
  injection.sql.whole-table | high | MCP05 SAFE-T1104 | the deletion of all rows of a table, or their change by a condition that is always true
  injection.sql.dynamic | high | MCP05 SAFE-T1104 | a statement that stands in a text and is run
  injection.shell.pipe-to-interpreter | critical | MCP05 SAFE-T1104 | what was fetched is run
  injection.shell.substitution | high | MCP05 SAFE-T1104 | a program's output becomes a part of the command
  injection.shell.destructive | critical | MCP05 SAFE-T1104 | deletion of whole trees and disks
  injection.shell.reverse-shell | critical | MCP05 SAFE-T1203 | a shell for somebody else
  injection.shell.sensitive-file | high | MCP05 SAFE-T1502 | files that hold keys and passwords
  injection.shell.exfiltration | critical | MCP10 SAFE-T1913 | files and variables that are sent away
  injection.shell.obfuscation | high | MCP05 SAFE-T1104 | commands in disguise
  injection.shell.escape | high | MCP05 SAFE-T1104 | another program that is made a shell or a loader, and ways out of a container
  injection.shell.metadata-service | critical | MCP05 SAFE-T1504 | a service that hands out a cloud's credentials
  injection.shell.persistence | high | MCP05 SAFE-T1203 | changes that outlive the command
  injection.shell.command | high | MCP02 SAFE-T1104 | a program that is not among "shellCommands"
  personal.card | high | MCP10 SAFE-T1801 | numbers of payment cards, with their check digit
  personal.iban | medium | MCP10 SAFE-T1801 | bank accounts (ISO 13616), with their check digits
  personal.email | low | MCP10 SAFE-T1801 | mail addresses of people
  personal.ssn | high | MCP10 SAFE-T1801 | social security numbers of the United States
  personal.phone | low | MCP10 SAFE-T1801 | telephone numbers, where asked for
  prompt-injection | high | MCP06 MCP03 SAFE-T1102 SAFE-T1001 | text that speaks to the model, beyond doubt
  prompt-injection.suspected | medium | MCP06 SAFE-T1102 | text that may speak to the model: recorded, whatever the action
  links.exfiltration | high | MCP10 SAFE-T1902 | links and images whose address carries data away
  links.question | high | MCP06 SAFE-T1008 | an address that a person is asked to open, and that is not https, or hides or imitates its host
  redaction.token | low | MCP10 | text that looks like a redaction token of the gateway: escaped, where the profile acts on what it finds
  blob.type | medium | MCP03 | a picture, sound or file that is something else than its MIME type says
  definition.unseen | medium | MCP03 SAFE-T1201 | a definition that nobody has seen before
  definition.pending | medium | MCP03 SAFE-T1201 | a definition that waits for an operator
  definition.changed | high | MCP03 SAFE-T1201 | a definition that is not the one that was accepted
  definition.locked | medium | MCP03 SAFE-T1201 | a definition that nobody had accepted before its server was locked
  definition.outdated | medium | MCP03 SAFE-T1201 | a call of an agent that was shown another definition than the one that is accepted now
  definition.rejected | high | MCP03 SAFE-T1001 | a definition that an operator rejected
  definition.poisoned | high | MCP03 SAFE-T1001 | a definition that holds what only harmful ones do, where the policy lets nobody accept such
`;
