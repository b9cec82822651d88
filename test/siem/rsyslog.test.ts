import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openSink } from "../../control-plane/export/open-sink.ts";
import { readExportSettings } from "../../control-plane/export/settings.ts";
import type { OutgoingRecord } from "../../control-plane/export/sinks/sink.ts";
import { RecordChain } from "../../core/audit/chain/record-chain.ts";
import { type AuditFormat, renderRecord } from "../../core/audit/formats/format.ts";
import { TestAuthority } from "../support/tls.ts";
import { freePort } from "../support/user.ts";
import { findRsyslog, type Rsyslog } from "./find-rsyslog.ts";

/** A receiver that we did not write: rsyslog parses what the exporter sends, and writes down what it understood. */
let rsyslog: Rsyslog;
const folder = mkdtempSync(join(tmpdir(), "mcpgw-rsyslog-"));
const authority = new TestAuthority();
const children: ChildProcess[] = [];
beforeAll(() => {
  rsyslog = findRsyslog(folder);
}, 120_000);
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  authority.remove();
  rmSync(folder, { recursive: true, force: true });
});

const chain = new RecordChain({ producer: "proxy-1" });
function records(count: number, format: AuditFormat, result = "ok"): OutgoingRecord[] {
  return Array.from({ length: count }, () => {
    const { id, text } = chain.add({ event: "call.outcome", agent: "ann|é 🏦", result });
    return { id, ...renderRecord(text, "1-1", format) };
  });
}

/** One line for each message: severity, host, structured data, text. */
const template = `template(name="understood" type="list") {
  property(name="syslogseverity") constant(value=" ")
  property(name="app-name") constant(value=" ")
  property(name="msgid") constant(value=" ")
  property(name="structured-data") constant(value=" ")
  property(name="msg") constant(value="\\n")
}`;

async function startReceiver(name: string, isTls: boolean) {
  const port = await freePort();
  const place = join(folder, name);
  mkdirSync(place);
  const issued = authority.issue("siem", "DNS:localhost,IP:127.0.0.1");
  const tls = isTls
    ? {
        global: [
          `DefaultNetstreamDriverCAFile="${authority.certificate}"`,
          `DefaultNetstreamDriverCertFile="${issued.certificate}"`,
          `DefaultNetstreamDriverKeyFile="${issued.key}"`,
        ].join(" "),
        module: 'StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"',
      }
    : { global: "", module: "" };
  const output = join(place, "messages");
  const config = join(place, "rsyslog.conf");
  writeFileSync(
    config,
    [
      `global(workDirectory="${place}" maxMessageSize="2m" parser.escapeControlCharactersOnReceive="off" ${tls.global})`,
      `module(load="imtcp" maxFrameSize="2000000" ${tls.module})`,
      `input(type="imtcp" port="${port}" address="127.0.0.1")`,
      template,
      `action(type="omfile" file="${output}" template="understood" asyncWriting="off" flushOnTXEnd="on")`,
      "",
    ].join("\n"),
  );
  const args = ["-n", "-f", config, "-i", join(place, "pid"), ...rsyslog.args];
  const child = spawn(rsyslog.command, args, {
    env: rsyslog.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said += data;
  });
  await vi.waitFor(
    () =>
      new Promise<void>((resolve, reject) => {
        const socket = connect(port, "127.0.0.1", () => resolve(void socket.destroy()));
        socket.once("error", () => reject(new Error(`rsyslog does not listen: ${said}`)));
      }),
    { timeout: 10_000, interval: 50 },
  );
  const lines = () =>
    readFileSync(output, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  return { url: `${isTls ? "tls" : "tcp"}://localhost:${port}`, lines };
}

describe.each([
  { transport: "TCP", isTls: false },
  { transport: "TLS", isTls: true },
])("rsyslog over $transport", ({ transport, isTls }) => {
  it("understands every record as it was written, in its order", async () => {
    const receiver = await startReceiver(`native-${transport}`, isTls);
    const sink = openSink(
      readExportSettings({
        MCPGW_EXPORT_SINK: "syslog",
        MCPGW_EXPORT_URL: receiver.url,
        ...(isTls && { MCPGW_EXPORT_CA_FILE: authority.certificate }),
      }),
      process.stdout,
    );
    const batch = [...records(500, "native"), ...records(1, "native", "é".repeat(100_000))];
    await sink.send(batch.slice(0, 200));
    await sink.send(batch.slice(200));
    await sink.close();

    await vi.waitFor(() => expect(receiver.lines()).toHaveLength(batch.length), 10_000);
    for (const [index, line] of receiver.lines().entries()) {
      const [, head = "", text = ""] = /^(.*?\]) ?(\{.*)$/.exec(line) ?? [];
      expect(JSON.parse(text)).toEqual(JSON.parse(batch[index]?.line ?? ""));
      expect(head).toMatch(/^6 mcp-gateway call\.outcome \[mcpgateway@32473 /);
      expect(head).toContain(`id="${batch[index]?.id}"`);
    }
  });

  it("understands CEF with text beyond ASCII", async () => {
    const receiver = await startReceiver(`cef-${transport}`, isTls);
    const sink = openSink(
      readExportSettings({
        MCPGW_EXPORT_SINK: "syslog",
        MCPGW_EXPORT_FORMAT: "cef",
        MCPGW_EXPORT_URL: receiver.url,
        ...(isTls && { MCPGW_EXPORT_CA_FILE: authority.certificate }),
      }),
      process.stdout,
    );
    const batch = records(5, "cef");
    await sink.send(batch);
    await sink.close();

    await vi.waitFor(() => expect(receiver.lines()).toHaveLength(5), 10_000);
    for (const [index, line] of receiver.lines().entries()) {
      expect(line.endsWith(batch[index]?.line ?? "?")).toBe(true);
    }
  });
});
