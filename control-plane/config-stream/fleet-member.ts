import type { Logger } from "../../core/service/log.ts";
import type { FleetRow, FleetStore } from "../fleet/fleet-store.ts";
import type { Introduction } from "./parse-hello.ts";
import type { Report } from "./proxy-stream.ts";

export interface FleetMemberOptions {
  readonly fleet: FleetStore;
  readonly log: Logger;
  readonly introduction: Introduction;
  readonly streamId: string;
}

/** One proxy's row in the fleet, kept as its stream goes on. A row that cannot be written never ends the stream. */
export class FleetMember {
  readonly #fleet: FleetStore;
  readonly #log: Logger;
  #row: FleetRow;
  #writing: Promise<void> | undefined;
  #again = false;
  #failing = false;

  private constructor(options: FleetMemberOptions, row: FleetRow) {
    this.#fleet = options.fleet;
    this.#log = options.log.child({ proxy: row.id });
    this.#row = row;
  }

  static async join(options: FleetMemberOptions): Promise<FleetMember> {
    const { fleet, introduction, streamId } = options;
    const begin = { ...introduction, streamId, refusedVersion: 0, problems: [] };
    const nowMs = Date.now();
    const unwritten = { row: { ...begin, connectedAtMs: nowMs, lastSeenAtMs: nowMs } };
    const joined = await fleet.join(begin).catch((error: unknown) => ({ ...unwritten, error }));
    const member = new FleetMember(options, joined.row);
    if ("error" in joined) member.#report(joined.error);
    member.#greet("displaced" in joined ? joined.displaced : undefined);
    return member;
  }

  /** Writes soon what the proxy said, and that it lives. */
  report(report: Report): void {
    if (report.refusedVersion) {
      this.#log.error(
        { version: report.refusedVersion, problems: report.problems },
        "the proxy refused a policy version and keeps the one before",
      );
    }
    this.#row = { ...this.#row, ...report };
    this.#again = true;
    this.#writing ??= this.#write();
  }

  async leave(): Promise<void> {
    this.#again = false;
    await this.#writing;
    this.#log.info("the proxy left");
    await this.#fleet.leave(this.#row).catch((error: unknown) => this.#report(error));
  }

  #greet(displaced: FleetRow | undefined): void {
    const { kind, address, release, servingVersion } = this.#row;
    this.#log.info({ kind, address, release, servingVersion }, "a proxy joined");
    if (!displaced) return;
    this.#log.warn(
      { before: displaced.address },
      "the proxy's id was in use still: it connected again, or two proxies have the same id",
    );
  }

  /** One write at a time; reports that come meanwhile share the next. */
  async #write(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        await this.#fleet.update(this.#row);
        this.#failing = false;
      } catch (error) {
        this.#report(error);
      }
    }
    this.#writing = undefined;
  }

  /** Once per outage. */
  #report(error: unknown): void {
    if (!this.#failing)
      this.#log.warn({ err: error }, "the proxy's row in the fleet was not written");
    this.#failing = true;
  }
}
