import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { readCertificate } from "../access/client-certificate.ts";
import {
  type CertificateForwarders,
  type ForwardedCertificate,
  findForwardedCertificate,
} from "../access/forwarded-certificate.ts";

/** The client certificate of the connection, or the one that a balancer saw. */
export function certificateOf(
  { socket, headers }: IncomingMessage,
  forwarders: CertificateForwarders | undefined,
): ForwardedCertificate {
  if (socket instanceof TLSSocket) return certificateOn(socket);
  const value = forwarders && headers[forwarders.header];
  const text = Array.isArray(value) ? value.join(",") : value;
  return findForwardedCertificate(text, socket.remoteAddress ?? "", forwarders);
}

/** TLS has verified it: this listener takes no other. */
function certificateOn(socket: TLSSocket): ForwardedCertificate {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return { kind: "none" };
  try {
    return { kind: "certificate", certificate: readCertificate(certificate) };
  } catch {
    return { kind: "refused", reason: "the names in the client certificate cannot be read" };
  }
}
