import { ServerCredentials } from "@grpc/grpc-js";
import { createControlPlane } from "../../control-plane/control-plane.ts";
import { Lifecycle } from "../../core/service/lifecycle.ts";

/** A control plane in this process, which can be replaced by another one on the same port. */
export async function startControlPlane(parts: Parameters<typeof createControlPlane>[0]) {
  const launch = async (at: number) => {
    const plane = new Lifecycle();
    const server = await createControlPlane(parts, plane);
    plane.use("grpc server", server, (it) => it.close());
    const address = `127.0.0.1:${at}`;
    return { plane, port: await server.listen(address, ServerCredentials.createInsecure()) };
  };
  const first = await launch(0);
  let { plane } = first;
  return {
    port: first.port,
    close: () => plane.close(),
    restart: async () => {
      await plane.close();
      ({ plane } = await launch(first.port));
    },
  };
}
