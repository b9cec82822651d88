import type { Span } from "./confirmers.ts";
import { DecodedText } from "./decoded-text.ts";
import { UnpackAllowance } from "./unpack.ts";

/** Where there is more that is not read, all up to the last of it counts as that. */
const mostUnread = 16;

/** What was read of a text so far. */
export class FoundRuns {
  readonly decoded = new DecodedText();
  /** What was not decoded, since packed in it is more than is read. */
  readonly unread: Span[] = [];
  readonly allowance = new UnpackAllowance();

  addUnread(span: Span): void {
    const last = this.unread.at(-1);
    if (last === undefined || this.unread.length < mostUnread) this.unread.push(span);
    else this.unread[mostUnread - 1] = { start: last.start, end: span.end };
  }
}
