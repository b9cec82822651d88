import type { Signal } from "./signal.ts";

/** What makes other signs worse. */
export const supportingSignals: readonly Signal[] = [
  {
    id: "fake-completion",
    weight: 2,
    isInstruction: true,
    pattern:
      /(?:^|\n)\s{0,4}(?:answer|result|response|output|status|final answer)\s?:\s?(?:the )?(?:task|request|job)?\s?(?:is |was )?(?:complete|completed|done|finished)\b/i,
    examples: {
      loud: ["Answer: task complete.", "Result: done", "status: the task is completed"],
      harmless: [
        "the task is complete",
        "answer the phone",
        "Status: open",
        "Completed tasks",
        "done",
      ],
    },
  },
  {
    id: "execution",
    weight: 2,
    isInstruction: false,
    pattern:
      /\b(?:execute|run|eval(?:uate)?)\b.{0,30}\b(?:following|this|any|the|below|all)\b.{0,20}\b(?:commands?|code|script|shell|python|sql)\b|\bcurl\s+-|\bwget\s+http|\brm -rf\b|\|\s?(?:ba)?sh\b|base64 -d|\bchmod -R|\bdrop table|\bpowershell -/i,
    examples: {
      loud: ["execute the following command", "curl -d @file", "run this script"],
      harmless: ["a command line", "in the long run", "code review", "execute well", "run away"],
    },
  },
  {
    id: "then-act",
    weight: 2,
    isInstruction: false,
    pattern:
      /(?:\b(?:and|then|now|instead|just|first|immediately|next)\b,? |[.!:;,] |^)(?:please |now |just |instead |also |then |do this |go ahead and )?(?:call|send|e-?mail|forward|transfer|delete|write|say|print|output|reveal|reply|respond|execute|run|post|upload|export|repeat|grant|approve|open|visit|dump|drop|wipe|disable|pay|buy|invoke|tell the|act|await|append|rate|recommend|give|start by|tell me|book|publish|purge|message|order|refund|wire|cancel|invite|publish|merge|praise|claim|download|click|share|mark|recite|change the|reset the)\b/i,
    examples: {
      loud: ["and write a poem", "Now call the tool", "Instead tell the user"],
      harmless: ["he writes", "a new use", "written", "the answer", "my reply"],
    },
  },
  {
    id: "sensitive-object",
    weight: 1,
    isInstruction: false,
    pattern:
      /\b(?:passwords?|passphrase|credentials?|api[ _-]?keys?|private keys?|secret keys?|ssh keys?|access tokens?|auth tokens?|id_(?:rsa|ed25519|ecdsa)|\/etc\/passwd|mcp\.json|credit card|bank account|social security|one-time code|OTP|seed phrase|(?<!\b(?:ignore|disregard|forget|override) (?:the|your) )system prompt|conversation history|chat history|environment variables|personal data)\b|(?:(?<![\w)\]])\.(?:ssh|env|aws)|\bprocess\.env)\b(?!\.\w)/i,
    examples: {
      loud: ["the password", "~/.ssh/id_rsa", "conversation history"],
      harmless: ["a pass", "key lime", "the environment", "card games", "history class"],
    },
  },
  {
    id: "sink",
    weight: 1,
    isInstruction: false,
    pattern:
      /\b(?:sen[dt]|forward|post|upload|e?-?mail|transmit|exfiltrate|leak|transfer|submit|bcc|pass)\b.{0,60}(?:\bto\b|@|https?:|webhook|sidenote|parameter)|\b(?:visit|open|click|go to|navigate to|download from|fetch|request to|POST it to)\b.{0,20}(?:https?:|www\.)/i,
    examples: {
      loud: ["send it to x@y.org", "upload the file to https://x", "Visit www.x.org"],
      harmless: ["sent yesterday", "postal service", "a visit", "forward motion", "open the door"],
    },
  },
  {
    id: "obligation",
    weight: 1,
    isInstruction: false,
    // What is to come first is usually a must.
    insteadOf: ["pre-emption"],
    pattern:
      /\byou (?:must|have to|need to|shall|are required to|should always)\b|\b(?:it is|this is) (?:imperative|crucial|mandatory|critical|vital|essential)\b|\b(?:immediately|mandatory|no matter what|at all costs)\b|\botherwise (?:all |the |your |any )?(?:data|files?|it|task|tool|account|operation)\b[^.!?\n]{0,20}\b(?:lost|fail|deleted|corrupt\w*|not work)/i,
    examples: {
      loud: ["you must", "it is crucial", "immediately"],
      harmless: ["must-see", "we need milk", "crucial tests", "you may", "required field"],
    },
  },
  {
    id: "pretext",
    weight: 1,
    isInstruction: false,
    pattern:
      /(?:^|[\n"'>*!\s])(?:IMPORTANT|URGENT|CRITICAL|ATTENTION|WARNING|MANDATORY|NOTE TO AI)\b\s?[:!*]|\b(?:when|whenever|if) (?:you )?(?:use|using|call|calling|run|running) this tool\b|\b(?:for|as part of) (?:a |an )?(?:security|compliance|verification|audit|debugging|maintenance|testing) (?:purposes|reasons|check|test|review)|\b(?:authori[sz]ed|approved) by (?:the )?(?:admin|system|developer|user|owner|security)/i,
    examples: {
      loud: ["IMPORTANT: read", "for compliance purposes", "authorized by the admin"],
      harmless: [
        "important people",
        "a warning sign",
        "security guard",
        "critical mass",
        "compliance team",
      ],
    },
  },
];
