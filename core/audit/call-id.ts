import { RecordIds } from "./chain/record-id.ts";

const ids = new RecordIds();

/** A new id for a call or an act: a UUID that says when it began, so that its records are found without looking at older ones. */
export function newCallId(): string {
  return ids.next(Date.now());
}
