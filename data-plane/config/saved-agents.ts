import { create } from "@bufbuild/protobuf";
import {
  type AgentChanges,
  type AgentIdentity,
  type AgentTable,
  AgentTableSchema,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { SavedConfig } from "./saved-config.ts";

const saveAfterMs = 1_000;

/**
 * Keeps the table of agents in use on disk. Changes are gathered for a second before the whole of it is written:
 * a proxy that dies meanwhile starts as one that had not heard of them yet.
 */
export class SavedAgents {
  readonly #file: Pick<SavedConfig<typeof AgentTableSchema>, "save" | "load">;
  /** Told what went wrong with writing. */
  readonly #onError: (error: unknown) => void;
  #revision = 0n;
  #agents = new Map<string, AgentIdentity>();
  #saving: NodeJS.Timeout | undefined;

  constructor(
    file: Pick<SavedConfig<typeof AgentTableSchema>, "save" | "load">,
    onError: (error: unknown) => void,
  ) {
    this.#file = file;
    this.#onError = onError;
  }

  /** What was saved last; undefined when there is nothing, or nothing whole. */
  load(): AgentTable | undefined {
    const table = this.#file.load();
    if (table) this.#take(table);
    return table;
  }

  replace(table: AgentTable): void {
    this.#take(table);
    this.#saveSoon();
  }

  /** Of changes that fit the table that was taken in last. */
  change({ revision, agents, removed }: AgentChanges): void {
    this.#revision = revision;
    for (const id of removed) this.#agents.delete(id);
    for (const agent of agents) this.#agents.set(agent.id, agent);
    this.#saveSoon();
  }

  /** Writes what was not written yet. */
  close(): void {
    if (this.#saving) this.#save();
  }

  #take({ revision, agents }: AgentTable): void {
    this.#revision = revision;
    this.#agents = new Map(agents.map((agent) => [agent.id, agent]));
  }

  #saveSoon(): void {
    this.#saving ??= setTimeout(() => this.#save(), saveAfterMs);
  }

  #save(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    const agents = [...this.#agents.values()];
    try {
      this.#file.save(create(AgentTableSchema, { revision: this.#revision, agents }));
    } catch (error) {
      this.#onError(error);
    }
  }
}
