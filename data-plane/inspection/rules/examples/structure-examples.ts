/**
 * Calls as JSON: `schema` of the tool and `arguments`. For "scan.": one text of a result, or a message as JSON; for
 * "definition.": what happens, as the tests of that part show it.
 */
export const structureExamples: Readonly<Record<string, string>> = {
  schema: `
    + {"schema": {"type": "object", "required": ["id"]}, "arguments": {}}
    + {"schema": {"type": "object", "properties": {"limit": {"maximum": 10}}}, "arguments": {"limit": 11}}
    + {"schema": {"type": "object", "additionalProperties": false}, "arguments": {"hidden": true}}
    - {"schema": {"type": "object", "required": ["id"]}, "arguments": {"id": 1}}
    - {"schema": {"type": "object", "properties": {"limit": {"maximum": 10}}}, "arguments": {"limit": 10}}
    - {"schema": {"type": "object"}, "arguments": {"more": true}}
    - {"schema": {"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}}, "arguments": {"kind": "b"}}
    - {"schema": true, "arguments": {}}`,
  "schema.unknown-argument": `
    + {"schema": {"type": "object", "properties": {"id": {"type": "string"}}}, "arguments": {"id": "7", "sidenote": "x"}}
    + {"schema": {"type": "object", "properties": {}}, "arguments": {"debug": true}}
    + {"schema": {"type": "object", "properties": {"to": {"type": "object", "properties": {"name": {}}}}}, "arguments": {"to": {"name": "a", "role": "admin"}}}
    + {"schema": {"properties": {"rows": {"items": {"properties": {"a": {}}}}}}, "arguments": {"rows": [{"a": 1}, {"b": 2}]}}
    - {"schema": {"type": "object", "properties": {"id": {"type": "string"}}}, "arguments": {"id": "7"}}
    - {"schema": {"type": "object"}, "arguments": {"anything": 1}}
    - {"schema": {"type": "object", "properties": {"id": {}}, "additionalProperties": true}, "arguments": {"id": 1, "more": 2}}
    - {"schema": {"type": "object", "properties": {"id": {}}, "additionalProperties": {"type": "string"}}, "arguments": {"id": 1, "more": "2"}}
    - {"schema": {"properties": {"a": {}}, "anyOf": [{"properties": {"b": {}}}]}, "arguments": {"b": 1}}
    - {"schema": {"properties": {"a": {}}, "patternProperties": {"^x-": {}}}, "arguments": {"x-b": 1}}`,
  "schema.prototype": `
    + {"schema": {"type": "object"}, "arguments": {"__proto__": {"isAdmin": true}}}
    + {"schema": {"type": "object"}, "arguments": {"options": [{"__proto__": 1}]}}
    + {"schema": {"type": "object"}, "arguments": {"constructor": {"prototype": {"isAdmin": true}}}}
    - {"schema": {"type": "object"}, "arguments": {"proto": "http"}}
    - {"schema": {"type": "object"}, "arguments": {"constructor": "Ferrari"}}
    - {"schema": {"type": "object"}, "arguments": {"prototype": {"name": "first sketch"}}}
    - {"schema": {"type": "object"}, "arguments": {"text": "__proto__"}}
    - {"schema": {"type": "object"}, "arguments": {"constructor": {"name": "Ferrari"}}}`,
  "schema.pattern.unsupported": `
    + {"schema": {"type": "object", "properties": {"a": {"pattern": "^(?=x)"}}}, "arguments": {"a": "x"}}
    + {"schema": {"type": "object", "properties": {"a": {"pattern": "(?<!y)x"}}}, "arguments": {"a": "x"}}
    + {"schema": {"type": "object", "properties": {"a": {"pattern": "(x)\\\\1"}}}, "arguments": {"a": "xx"}}
    - {"schema": {"type": "object", "properties": {"a": {"pattern": "^x+$"}}}, "arguments": {"a": "x"}}
    - {"schema": {"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}}, "arguments": {"a": "a"}}
    - {"schema": {"type": "object", "properties": {"a": {"pattern": "[0-9]{4}"}}}, "arguments": {"a": "2026"}}
    - {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}, "arguments": {"a": "x"}}
    - {"schema": {"type": "object"}, "arguments": {}}`,
  "scan.budget": `
    + <letters 600000>
    + <digits 500000>
    + <base64 400000>
    - <letters 200>
    - <digits 2000>
    - <base64 3000>
    - <letters 1000>
    - one sentence.`,
  "scan.limits": `
    + <nested 101>
    + <nested 500>
    + <nested 3000>
    - <nested 1>
    - <nested 10>
    - <nested 50>
    - <nested 90>
    - <nested 95>`,
  "scan.truncated": `
    + <spam 300000>
    + <spam 400000>
    + Hello. <spam 350000>
    - <spam 20>
    - <spam 2000>
    - <spam 1000>
    - <letters 400000>
    - one sentence.`,
  "definition.unseen": `
    + a server offers the tool "export" for the first time, and the policy's trust is "manual"
    + a prompt is listed that no proxy could record, since Redis is away
    + a new release of a server has one tool more
    - a tool that an operator accepted is listed again
    - another replica lists the same tools
    - the order of the tools differs
    - a tool is gone
    - the server restarts`,
  "definition.pending": `
    + a new tool waits for "mcpctl tools accept"
    + an agent calls a tool that nobody has decided about
    + a definition that cannot be reduced to a digest
    - a tool that was accepted
    - a tool of a server whose trust is "tofu", seen for the first time
    - a policy without definitions to hold
    - a tool that an operator accepts while it is listed
    - a server that lists no tools`,
  "definition.locked": `
    + a locked server offers a tool that it did not have before
    + a tool of a locked server has another description than the one that was accepted
    + an agent calls a tool that a locked server never had
    - a tool that was accepted before its server was locked
    - a tool that waited when its server was locked, and that can still be accepted
    - a new tool of a server whose trust is "manual"
    - a tool that an operator rejected
    - a locked server that lists fewer tools`,
  "definition.outdated": `
    + an agent calls a tool that it listed before another definition of it was accepted
    + an agent gets a prompt that changed and was accepted after it listed
    + a server goes back to the definition before, which is accepted too, and the agent was shown the later one
    - an agent that listed again before it calls
    - an agent that never lists
    - a definition that was accepted once and never changed
    - a change that nobody has accepted: the call is answered as one of a changed definition
    - an agent that listed more than a week ago`,
  "definition.rejected": `
    + an operator rejected the tool, and the server still lists it
    + an agent calls a tool that was rejected
    + a rejected definition comes from another replica
    - an operator accepted the tool after all
    - the server no longer lists it
    - another tool of the same server
    - the same name on another server
    - a tool that nobody has decided about`,
  "definition.poisoned": `
    + a new tool whose description orders the model to read a key, under "poisoning: block"
    + a tool with hidden characters that an operator accepted before the policy said block
    + an agent gets a prompt whose description speaks to the model
    - the same tool under "poisoning: quarantine", which an operator accepted
    - a description that is only long
    - a new tool with an honest description
    - a changed tool with an honest description
    - a tool whose policy has "poisoning: off"`,
  "definition.changed": `
    + the description of an accepted tool has one sentence more
    + an accepted tool has a new optional parameter
    + "readOnlyHint" turns from true to false
    - the keys of a schema stand in another order
    - the same definition comes from another replica
    - the list comes in other pages
    - the tool answers something else
    - the operator accepted the change`,
};
