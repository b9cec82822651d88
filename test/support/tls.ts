import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";

/** Files of a certificate and its key, in PEM. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly key: string;
}

/** An authority of the test's own, which nobody else trusts. */
export class TestAuthority {
  readonly folder = mkdtempSync(join(tmpdir(), "mcpgw-tls-"));
  /** Path of its certificate. */
  readonly certificate = join(this.folder, "ca.pem");

  constructor() {
    const key = join(this.folder, "ca.key");
    const subject = ["-subj", "/CN=test authority", "-addext", "basicConstraints=critical,CA:TRUE"];
    openssl("req", "-x509", ...newKey(key), ...subject, "-days", "2", "-out", this.certificate);
  }

  /** Issues a certificate for such names as "DNS:mcp.test" or "IP:127.0.0.1". */
  issue(name: string, alternativeNames: string): CertifiedKey {
    const at = (suffix: string) => join(this.folder, `${name}.${suffix}`);
    const { certificate, key } = { certificate: at("pem"), key: at("key") };
    openssl("req", ...newKey(key), "-subj", `/CN=${name}`, "-out", at("csr"));
    writeFileSync(at("ext"), `subjectAltName=${alternativeNames}\n`);
    const signer = ["-CA", this.certificate, "-CAkey", join(this.folder, "ca.key")];
    const request = ["-req", "-in", at("csr"), "-extfile", at("ext"), "-days", "2"];
    openssl("x509", ...request, ...signer, "-set_serial", serial(), "-out", certificate);
    return { certificate, key };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface TlsServer {
  readonly port: number;
  /** Common names of the certificates that clients showed. */
  readonly clients: readonly string[];
  /** Shows another certificate from the next connection on. */
  show(files: CertifiedKey): void;
  stop(): Promise<void>;
}

/** An MCP server of few words behind TLS: answers every request with an empty list of tools. */
export async function startTlsServer(
  { certificate, key }: CertifiedKey,
  options: ServerOptions = {},
): Promise<TlsServer> {
  const clients: string[] = [];
  const files = { cert: readFileSync(certificate), key: readFileSync(key) };
  const server = createServer({ ...files, ...options }, async (request, response) => {
    clients.push(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? ""));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { id } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result: { tools: [] } }));
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    clients,
    show: (files) => {
      server.setSecureContext({
        cert: readFileSync(files.certificate),
        key: readFileSync(files.key),
      });
      server.closeAllConnections();
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

let issued = 0;
/** Two certificates of one issuer must differ in it. */
function serial(): string {
  issued += 1;
  return String(issued);
}

function newKey(path: string): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path];
}

/** Of the system, not of a package. */
const program = "openssl";

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
}
