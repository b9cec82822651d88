import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { redisKeys } from "../../core/redis/keys.ts";
import { readExportSettings } from "./settings.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "deploy/siem");
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
  for (const document of parseAllDocuments(read(name))) {
    expect(document.errors).toEqual([]);
    expect(document.toJS()).toBeTypeOf("object");
  }
});

describe("what deploys the exporter", () => {
  const { exporter } = parse(read("compose.yaml")).services;
  const [deployment, budget] = parseAllDocuments(read("kubernetes.yaml")).map((it) => it.toJS());
  const pod = deployment.spec.template.spec;
  const [container] = pod.containers;
  const podEnv: Record<string, string> = Object.fromEntries(
    container.env.map((it: { name: string; value?: string }) => [it.name, it.value ?? "redis://r"]),
  );

  it.each([
    ["compose.yaml", exporter.environment as Record<string, string>],
    ["kubernetes.yaml", podEnv],
  ])("%s has settings that the exporter takes, with its secrets in files", (_, env) => {
    const known = new Set(
      readFileSync(join(import.meta.dirname, "settings.ts"), "utf8").match(/MCPGW_[A-Z_]*[A-Z]/g),
    );
    for (const name of Object.keys(env))
      expect(known).toContain(name.replace(/TOKEN_FILE$/, "TOKEN"));
    expect(env).not.toHaveProperty("MCPGW_EXPORT_TOKEN");
    // Files that are on no test machine.
    const { MCPGW_EXPORT_TOKEN_FILE: token, MCPGW_EXPORT_CA_FILE: ca, ...rest } = env;
    expect([token, ca].every(Boolean)).toBe(true);
    const settings = readExportSettings({ ...rest, MCPGW_REDIS_URL: "redis://r" });
    expect(settings).toMatchObject({ sink: "splunk", status: { host: "0.0.0.0", port: 9_465 } });
  });

  it("runs what the build makes", () => {
    const commands = [...exporter.command, ...container.args] as string[];
    const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
    const named = dockerfile.match(/dist\/[\w/-]+\.js/g) ?? [];
    expect(new Set(named).size).toBe(4);
    for (const path of [...commands, ...named]) {
      const source = path.replace(/^dist\//, "").replace(/\.js$/, ".ts");
      expect(existsSync(join(root, source)), path).toBe(true);
    }
    // The image has what programs are named by.
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, words = ""]) =>
      words.split(" ").slice(0, -1),
    );
    for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true);
    expect(dockerfile).toMatch(/^USER node$/m);
  });

  it("asks for liveness what is well while the SIEM is away, and for readiness what is not", () => {
    expect(container.ports).toEqual([{ name: "status", containerPort: 9_465 }]);
    expect(container.livenessProbe.httpGet).toEqual({ path: "/livez", port: "status" });
    expect(container.readinessProbe.httpGet).toEqual({ path: "/readyz", port: "status" });
    expect(exporter.healthcheck.test.join(" ")).toContain("127.0.0.1:9465/livez");
  });

  it("gives it no more rights than it needs, and mounts the secrets that it names", () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1_000 });
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
    });
    const mounted = pod.volumes[0].secret.items.map(
      (it: { path: string }) => `/secrets/${it.path}`,
    );
    expect(mounted).toEqual([podEnv["MCPGW_EXPORT_TOKEN_FILE"], podEnv["MCPGW_EXPORT_CA_FILE"]]);
    expect(deployment.spec.replicas).toBe(2);
    const labels = deployment.spec.template.metadata.labels;
    for (const { matchLabels } of [deployment.spec.selector, budget.spec.selector]) {
      expect(labels).toMatchObject(matchLabels);
    }
  });
});

it("alerts ask for metrics that there are, and every metric of trouble has one", () => {
  const metrics = readFileSync(join(import.meta.dirname, "metrics.ts"), "utf8");
  const known = [...metrics.matchAll(/#(?:counter|gauge)\("(\w+)"/g)].map(([, name]) => name);
  const asked = new Set(
    [...read("alerts.yaml").matchAll(/mcpgw_export_(\w+)/g)].map((it) => it[1]),
  );

  for (const name of asked) expect(known).toContain(name);
  for (const name of [
    "lag_seconds",
    "missing_records_total",
    "lost_entries_total",
    "dead_letters",
  ]) {
    expect([...asked]).toContain(name);
  }
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
