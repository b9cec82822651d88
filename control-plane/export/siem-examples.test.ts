import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { redisKeys } from "../../core/redis/keys.ts";
import { readExportSettings } from "./settings.ts";

const folder = join(import.meta.dirname, "../../deploy/siem");
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const named = (ending: string) => readdirSync(folder).filter((name) => name.endsWith(ending));

it.each(named(".env"))("%s has settings that the exporter takes", (name) => {
  const lines = read(name)
    .split("\n")
    .filter((line) => /^[A-Z]/.test(line));
  const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  // Files that are on no test machine.
  const { MCPGW_EXPORT_TOKEN_FILE: token, MCPGW_EXPORT_CA_FILE: ca, ...rest } = env;

  expect(token).toBeTruthy();
  expect(ca).toBeTruthy();
  expect(readExportSettings(rest)).toMatchObject({ sink: name.replace(".env", "") });
});

it.each(named(".yaml"))("%s is YAML", (name) => {
  expect(parse(read(name))).toBeTypeOf("object");
});

it("examples and documents name the stream and its fields as they are", () => {
  const { input } = parse(read("redpanda-connect.yaml"));
  expect(input.redis_streams).toMatchObject({ streams: [redisKeys.auditStream], body_key: "d" });
  expect(read("README.md")).toContain(redisKeys.auditStream);
  expect(read("README.md")).toContain(redisKeys.auditExportDead("<name>"));
});

it("the document names every setting of the exporter, and no other", () => {
  const text = readFileSync(join(import.meta.dirname, "settings.ts"), "utf8");
  const settings = new Set(text.match(/MCPGW_EXPORT_[A-Z_]*[A-Z]/g));
  const document = read("README.md");
  for (const name of settings) {
    if (name !== "MCPGW_EXPORT_UNTIL_EMPTY") expect(document).toContain(name);
  }
  for (const name of new Set(document.match(/MCPGW_EXPORT_[A-Z_]*[A-Z]/g))) {
    const known = [...settings, "MCPGW_EXPORT_TOKEN_FILE", "MCPGW_EXPORT_SIGNING_KEY_FILE"];
    expect(known.includes(name), name).toBe(true);
  }
});
