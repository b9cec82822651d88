import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shippedFile } from "./installation.ts";

/** The folder as the demo policy names it: right for whoever pushes it by hand from the checkout. */
const folderInPolicy = ".mcpgateway/demo/files";

/** Lays out the files of the demo and its policy, and returns the policy's path. What is there already stays. */
export function layOutDemo(folder: string): string {
  const files = join(folder, "files");
  const policy = join(folder, "policy.yaml");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(files)) cpSync(shippedFile("deploy/demo/files"), files, { recursive: true });
  if (!existsSync(policy)) {
    const text = readFileSync(shippedFile("deploy/demo/policy.yaml"), "utf8");
    writeFileSync(policy, text.replaceAll(folderInPolicy, JSON.stringify(files)));
  }
  return policy;
}
