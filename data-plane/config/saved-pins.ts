import type { PinTable, PinTableSchema } from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { SavedConfig } from "./saved-config.ts";

const saveAfterMs = 1_000;

interface SavedPinsOptions {
  readonly file: Pick<SavedConfig<typeof PinTableSchema>, "save">;
  readonly pins: { toMessage(): PinTable };
  readonly onError: (error: unknown) => void;
}

/** Keeps the pins in use on disk. Changes are gathered for a second before they are written. */
export class SavedPins {
  readonly #options: SavedPinsOptions;
  #saving: NodeJS.Timeout | undefined;

  constructor(options: SavedPinsOptions) {
    this.#options = options;
  }

  saveSoon(): void {
    this.#saving ??= setTimeout(() => this.#save(), saveAfterMs);
  }

  /** Writes what was not written yet. */
  close(): void {
    if (this.#saving) this.#save();
  }

  #save(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    const { file, pins, onError } = this.#options;
    try {
      file.save(pins.toMessage());
    } catch (error) {
      onError(error);
    }
  }
}
