import type { Receipt } from "../../upstreams/receipt.ts";

/** An upstream has nothing to say to it. */
export const nothingSent: Receipt = {
  status: 202,
  headers: {},
  body: Buffer.alloc(0),
  contentType: undefined,
};
/** An upstream of the modern era has none. */
export const noStream: Receipt = { ...nothingSent, status: 405 };
