import {
  DefinitionAction,
  DefinitionCosmetic,
  type DefinitionPins,
  DefinitionResources,
  DefinitionTrust,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { DefinitionActionName, DefinitionSettings } from "./compiled-scanning.ts";
import type { Problems } from "./problems.ts";

const actionNames: ReadonlyMap<number, DefinitionActionName> = new Map([
  [DefinitionAction.OFF, "off"],
  [DefinitionAction.LOG, "log"],
  [DefinitionAction.QUARANTINE, "quarantine"],
]);

const poisoningNames: ReadonlyMap<number, DefinitionSettings["poisoning"]> = new Map([
  ...actionNames,
  [DefinitionAction.BLOCK, "block" as const],
]);

const trustNames: ReadonlyMap<number, DefinitionSettings["trust"]> = new Map([
  [DefinitionTrust.TOFU, "tofu"],
  [DefinitionTrust.MANUAL, "manual"],
  [DefinitionTrust.LOCKED, "locked"],
]);

const resourceNames: ReadonlyMap<number, DefinitionSettings["resources"]> = new Map([
  [DefinitionResources.SCAN, "scan"],
  [DefinitionResources.PIN, "pin"],
]);

const cosmeticNames: ReadonlyMap<number, DefinitionSettings["cosmetic"]> = new Map([
  [DefinitionCosmetic.REVIEW, "review"],
  [DefinitionCosmetic.ACCEPT, "accept"],
]);

/** What is said of the pins of definitions; what is not said is absent. */
export function definitionPins(
  pins: DefinitionPins | undefined,
  problems: Problems,
): Partial<DefinitionSettings> {
  if (!pins) return {};
  const changed = actionOf(pins.changed, problems.at("changed"));
  const unseen = actionOf(pins.unseen, problems.at("unseen"));
  const poisoning = nameOf(poisoningNames, pins.poisoning, problems.at("poisoning"));
  const trust = nameOf(trustNames, pins.trust, problems.at("trust"));
  const server = actionOf(pins.server, problems.at("server"));
  const resources = nameOf(resourceNames, pins.resources, problems.at("resources"));
  const cosmetic = nameOf(cosmeticNames, pins.cosmetic, problems.at("cosmetic"));
  return {
    ...(changed && { changed }),
    ...(unseen && { unseen }),
    ...(poisoning && { poisoning }),
    ...(trust && { trust }),
    ...(server && { server }),
    ...(resources && { resources }),
    ...(cosmetic && { cosmetic }),
  };
}

function actionOf(value: number, problems: Problems): DefinitionActionName | undefined {
  if (value !== DefinitionAction.BLOCK) return nameOf(actionNames, value, problems);
  problems.add("must be off, log or quarantine: only poisoning can block");
  return undefined;
}

function nameOf<Name extends string>(
  names: ReadonlyMap<number, Name>,
  value: number,
  problems: Problems,
): Name | undefined {
  if (value === 0) return undefined;
  const name = names.get(value);
  if (!name) problems.add(`is a value this release does not know (${value})`);
  return name;
}
