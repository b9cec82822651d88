import type { ScanActionName } from "../../core/policy/compiled-scanning.ts";
import { inspectBlob } from "./blob-inspection.ts";
import type { FindingLog } from "./finding-log.ts";
import { holdsProtocolField } from "./opaque-fields.ts";
import { asksForBadLink } from "./question-links.ts";
import { redactionToken } from "./redaction-token.ts";
import type { TextInspection } from "./text-inspection.ts";
import type { TextVisitor } from "./value-walk.ts";

interface Surroundings {
  readonly texts: TextInspection;
  readonly log: FindingLog;
  /** The action for links. */
  readonly links: ScanActionName;
  readonly redactionKey: Buffer;
}

/** Reads a message of an upstream: texts as texts, blobs as what they are, addresses that people are sent to. */
export function messageVisitor({ texts, log, links, redactionKey }: Surroundings): TextVisitor {
  const blobs = {
    text: texts.text.bind(texts),
    onContradiction: (pointer: string) => void log.report("blob.type", pointer, "log"),
  };
  return {
    text: texts.text.bind(texts),
    number: texts.number.bind(texts),
    key: texts.key.bind(texts),
    skips: (key, _, depth) => holdsProtocolField(key, depth),
    special: (key, holder, pointer) => {
      if (links !== "off" && asksForBadLink(key, holder)) {
        const taken = log.report("links.question", `${pointer}`, links);
        if (taken === "redact") return redactionToken(redactionKey, "link", String(holder[key]));
      }
      return inspectBlob(key, holder, { pointer, visitor: blobs });
    },
  };
}
