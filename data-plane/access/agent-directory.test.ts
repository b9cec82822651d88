import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { KeyHasher } from "../../core/secrets/key-hasher.ts";
import { createToken } from "../../core/secrets/tokens.ts";
import {
  AgentChangesSchema,
  type AgentIdentitySchema,
  AgentTableSchema,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import { AgentDirectory } from "./agent-directory.ts";

const hasher = new KeyHasher([], "a join token");
const oneKey = createToken("agent-key");
const newKey = createToken("agent-key");

it("follows changes: keys that are gone stand for nobody, new ones for their agent", () => {
  const directory = directoryOf(agent("one", oneKey));

  expect(directory.change(changes(5n, 6n, [agent("one", newKey)]))).toBe("changed");
  expect(directory.findByKey(oneKey).kind).toBe("unknown");
  expect(directory.findByKey(newKey)).toMatchObject({ principal: { agent: "one" } });

  expect(directory.change(changes(6n, 7n, [], ["one"]))).toBe("changed");
  expect(directory.findByKey(newKey).kind).toBe("unknown");
  expect(directory.has("one")).toBe(false);
});

it("leaves alone what is older than its table, and takes no changes of another table", () => {
  const directory = directoryOf(agent("one", oneKey));

  expect(directory.change(changes(3n, 5n, [], ["one"]))).toBe("known");
  expect(directory.change(changes(6n, 7n, [], ["one"]))).toBe("apart");
  expect(directory.change(changes(4n, 7n, [], ["one"]))).toBe("apart");
  expect(directory.findByKey(oneKey).kind).toBe("found");
});

it("counts the keys that it cannot read, through every change", () => {
  const foreign = { id: "one", keys: [{ hmac: new Uint8Array(32), secretId: "of nobody" }] };
  const directory = directoryOf(foreign);
  expect(directory.unreadableKeys).toBe(1);

  directory.change(changes(5n, 6n, [foreign, { ...foreign, id: "two" }]));
  expect(directory.unreadableKeys).toBe(2);
  directory.change(changes(6n, 7n, [agent("two", newKey)], ["one"]));
  expect(directory.unreadableKeys).toBe(0);
});

it("finds keys under each secret while one takes the place of another", () => {
  const [before, after] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const made = new KeyHasher([before], "");
  const agents = [agent("one", oneKey, made)];

  expect(directoryUnder(new KeyHasher([after, before], ""), agents).findByKey(oneKey).kind).toBe(
    "found",
  );
  const without = directoryUnder(new KeyHasher([after], ""), agents);
  expect(without.findByKey(oneKey).kind).toBe("unknown");
  expect(without.unreadableKeys).toBe(1);
});

type Identity = MessageInitShape<typeof AgentIdentitySchema>;

function agent(id: string, key: string, by = hasher): Identity {
  const { digest, secretId } = by.make(key);
  return { id, keys: [{ hmac: Buffer.from(digest, "hex"), secretId: secretId ?? "" }] };
}

function directoryOf(...agents: Identity[]): AgentDirectory {
  return directoryUnder(hasher, agents);
}

function directoryUnder(by: KeyHasher, agents: Identity[]): AgentDirectory {
  const directory = new AgentDirectory(by);
  directory.replace(create(AgentTableSchema, { revision: 5n, agents }));
  return directory;
}

function changes(from: bigint, revision: bigint, agents: Identity[], removed: string[] = []) {
  return create(AgentChangesSchema, { from, revision, agents, removed });
}
