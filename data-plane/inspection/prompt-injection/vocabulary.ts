/** Who is spoken to, as a part of a pattern. */
export const model =
  "(?:AI|A\\.I\\.|LLM|GPT(?:-?\\d\\w{0,3})?|ChatGPT|Claude|Gemini|Copilot|Qwen|Llama|Mistral|DeepSeek|Grok|Gemma|language model|assistant|chatbot|AI (?:agent|assistant|model))";
/** What somebody else told the model. */
export const rules =
  "(?:instructions?|prompts?|directions|tasks? (?:that|which) (?:I|you)|rules (?:that|you|I)|directives?|guidelines|guidance|commands?|programming|training|restrictions?|constraints?|safeguards?|safety (?:\\w+ )?(?:rules|restrictions|guidelines|measures|policies)|(?:system|security|content|safety) (?:polic(?:y|ies)|rules|filters?)|everything (?:you|that)|what (?:you|I) (?:were|was|have|had|'ve|said|told))";
/** What an agent can do, as orders say it. */
export const actions =
  "(?:call|read|send|e-?mail|fetch|include|repl(?:y|ies)|respond|output|print|reveal|ignore|obey|say|run|execute|add|append|insert|recommend|rate|rank|approve|grant|give|forward|transfer|delete|remove|visit|open|escalate|refuse|write|repeat|carry out|ask|post|upload|disclose|download|click|invoke|tell|submit|create|book|buy|pay|disable|drop|stop|wipe|leak|share|export|comply|follow|retry|switch|abort|install|use|list|put|mark|install|dump|draft|cite|answer|state|tell|always|never|do not|don't|hide|keep|replace|mention|treat|consider|pretend|act|set|change|update|move|copy|attach|rewrite|praise|close|end|start|begin|look up|search for|reset|unlock)";
