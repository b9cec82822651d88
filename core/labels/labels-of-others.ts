import { type CallLabel, callLabels } from "../policy/flow-labels.ts";

/**
 * What is known of a tool that its upstream does not list: it may do anything.
 */
export const labelsOfUnlisted: readonly CallLabel[] = callLabels;

/** Resources are what a server keeps; those of the web are what others wrote, and reading one tells its host the address. */
export function labelsOfResource(uri: string): readonly CallLabel[] {
  if (webScheme.test(uri)) return ["reads-untrusted", "can-send"];
  return embeddedUrl.test(uri)
    ? ["reads-private", "reads-untrusted", "can-send"]
    : ["reads-private"];
}

const webScheme = /^(?:https?|wss?|s?ftps?|gopher|mailto|sms|tel):/i;
/** "fetch://https://…": some server's own word for the web. */
const embeddedUrl =
  /^(?:fetch|web|url|urls|browser|proxy|page|webpage|site|link):|https?(?::|%3a)(?:\/|%2f)/i;

/** Prompts are a server's own words, into which it may put what it keeps. */
export const labelsOfPrompt: readonly CallLabel[] = ["reads-private"];
