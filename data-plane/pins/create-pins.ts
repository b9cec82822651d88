import { PinStore } from "../../core/pins/pin-store.ts";
import { DefinitionPins } from "./definition-pins.ts";
import { PinReporter, type PinReporterOptions } from "./pin-reporter.ts";

type Options = Omit<PinReporterOptions, "store"> & {
  /** A connection for purpose "durable". */
  readonly redis: ConstructorParameters<typeof PinStore>[0];
};

/** Puts the pins of a proxy together. */
export function createPins({ redis, ...options }: Options): DefinitionPins {
  const reporter = new PinReporter({ ...options, store: new PinStore(redis) });
  const { table, poisonIn, onEffect } = options;
  return new DefinitionPins({ table, reporter, poisonIn, onEffect });
}
